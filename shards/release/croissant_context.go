package release

// croissantContext is the context that the specification asks for.
var croissantContext = object{
	"@language": "en", "@vocab": "https://schema.org/",
	"sc": "https://schema.org/", "cr": "http://mlcommons.org/croissant/", "rai": "http://mlcommons.org/croissant/RAI/",
	"dct": "http://purl.org/dc/terms/", "prov": "http://www.w3.org/ns/prov#",
	"annotation": "cr:annotation", "arrayShape": "cr:arrayShape", "citeAs": "cr:citeAs", "column": "cr:column", "conformsTo": "dct:conformsTo",
	"containedIn": "cr:containedIn", "data": object{"@id": "cr:data", "@type": "@json"},
	"dataType": object{"@id": "cr:dataType", "@type": "@vocab"}, "equivalentProperty": "cr:equivalentProperty",
	"examples": object{"@id": "cr:examples", "@type": "@json"}, "excludes": "cr:excludes", "extract": "cr:extract", "field": "cr:field",
	"fileObject": "cr:fileObject", "fileProperty": "cr:fileProperty", "fileSet": "cr:fileSet", "format": "cr:format", "includes": "cr:includes",
	"isArray": "cr:isArray", "isLiveDataset": "cr:isLiveDataset", "jsonPath": "cr:jsonPath", "key": "cr:key", "md5": "cr:md5",
	"parentField": "cr:parentField", "path": "cr:path", "readLines": "cr:readLines", "recordSet": "cr:recordSet", "references": "cr:references", "regex": "cr:regex",
	"repeated": "cr:repeated", "replace": "cr:replace", "samplingRate": "cr:samplingRate", "separator": "cr:separator", "source": "cr:source",
	"subField": "cr:subField", "transform": "cr:transform", "unArchive": "cr:unArchive", "value": "cr:value",
}

package check

// hedging is talk of the captions instead of the images. "likely" alone is an
// honest word about what is seen.
const hedging = `(?i)\b(based|relying|going) (only |solely |purely )?(up)?on (only |solely )?(the |these |those )?((given|provided|two|image) )*(captions?|descriptions?)\b|` +
	`\b(according to|judging (by|from)|from|in|per) (the |these |both |either )((first|second|given|provided|two|image) )*(captions|descriptions?)\b|` +
	`\b(the|each|both|these|either|neither|first|second) captions?('s)?\b( [12ab]\b)?|\bcaptions? [12]\b|` +
	`\b(the|each|both|either|neither|first|second) descriptions?\b|` +
	`\bwithout (actually )?(seeing|viewing|having seen|looking at|access to) (the |these |either |both |any )?(actual |real )?(images?|photos?|pictures?)\b|` +
	`\b(does|do|did) not (explicitly |specifically )?(mention|specify|state)\b|\b(doesn|don|didn)['’]t (mention|specify|state)\b|` +
	`\b((is|are|was|were) not|(isn|aren|wasn|weren)['’]t) (explicitly |specifically )?(mentioned|specified|stated)\b|\bas described (in|by)\b|\bcan be (inferred|assumed)\b|\bno mention of\b|\bunspecified\b|` +
	`\b(not possible|impossible|difficult|hard) to (say|tell|know|determine)\b|\b(cannot|can['’]t|could not) be determined\b`

// hedgingNeeds are what each form of hedging has some of.
var hedgingNeeds = []string{"caption", "description", "seeing", "seen", "viewing", "looking", "access", "mention", "specif", "state", "described", "inferred", "assumed", "possible", "difficult", "hard", "determine"}

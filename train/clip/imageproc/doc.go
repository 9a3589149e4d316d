// Package imageproc turns an image file into the input of CLIP's image tower as
// Pillow and open_clip do it: decode, resize with antialiased bicubic, crop the
// centre, normalise.
//
// From the same RGB pixels, every number equals Pillow's and open_clip's. PNG and
// WebP decode to Pillow's pixels. JPEG decodes to within a few levels of them,
// because the standard leaves the inverse transform free; chroma is upsampled
// and converted as libjpeg-turbo does it. EXIF orientation is not applied, as
// in open_clip.
//
// Decode ends where Pillow's convert("RGB") ends. open_clip converts after it
// resizes; for palettes, transparency and CMYK that rounds otherwise.
package imageproc

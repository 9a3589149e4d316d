package imageproc

// RGB is an image of 8 bits a channel, without alpha.
type RGB struct {
	Width, Height int     // in pixels, at least 1
	Pix           []uint8 // red, green, blue of each pixel, row by row, no padding
}

// NewRGB makes a black image.
func NewRGB(width, height int) *RGB {
	return &RGB{Width: width, Height: height, Pix: make([]uint8, 3*width*height)}
}

// row gives the bytes of one row.
func (m *RGB) row(y int) []uint8 { return m.Pix[3*m.Width*y:][:3*m.Width] }

package world

import "math"

// Pixels is the side of an image.
const Pixels = 32

// Words of the world.
var (
	Shapes   = []string{"circle", "square", "triangle", "star", "cross", "ring"}
	Colours  = []string{"red", "orange", "yellow", "green", "blue", "purple", "pink", "brown"}
	Sizes    = []string{"small", "medium", "large"}
	Backs    = []string{"white", "gray", "black"}
	Patterns = []string{"plain", "striped", "checkered"}
	Counts   = []string{"one", "two", "three"}
	Lights   = []string{"bright", "dim"}
)

var (
	rgb    = map[string][3]float64{"red": {.85, .12, .12}, "orange": {.95, .50, .10}, "yellow": {.95, .88, .15}, "green": {.15, .65, .20}, "blue": {.15, .30, .85}, "purple": {.50, .15, .65}, "pink": {.95, .50, .70}, "brown": {.50, .30, .12}}
	grey   = map[string]float64{"white": .92, "gray": .55, "black": .10}
	radius = map[string][2]float64{"small": {3.6, 4.6}, "medium": {5.4, 6.6}, "large": {8, 10}}
)

// Kind is a colour and a shape.
type Kind struct{ Colour, Shape string }

// HeldOut says that a kind occurs in the held split only, and nowhere else.
func (k Kind) HeldOut() bool {
	for i, c := range Colours {
		if c == k.Colour {
			return Shapes[(i*5+1)%6] == k.Shape
		}
	}
	return false
}

// Scene is what an image shows.
type Scene struct {
	Kind
	Size      string // of every object of the kind
	Count     int    // of objects of the kind, 1 to 3
	Back      string // background colour
	Pattern   string // of the background
	Light     string
	Companion *Kind  // one small object of another colour and shape, or nil
	Position  string // "left", "right", "top", "bottom", "middle" of a lone object, or ""

	objects []object
	phase   float64 // of the background pattern, in pixels
}

// object is one drawn shape.
type object struct {
	x, y, r, turn float64 // pixels, radians
	shape         string
	colour        [3]float64
}

// drawScene draws a scene; held chooses from the held-out kinds, or from all others.
func drawScene(r stream, held bool) Scene {
	var s Scene
	for {
		s.Kind = Kind{pick(r, Colours...), pick(r, Shapes...)}
		if s.HeldOut() == held {
			break
		}
	}
	s.Size = Sizes[weighted(r, .4, .2, .4)]
	s.Count = 1 + weighted(r, .5, .25, .25)
	s.Back, s.Pattern = pick(r, Backs...), pick(r, Patterns...)
	s.Light = Lights[weighted(r, .7, .3)]
	if s.Count <= 2 && r.chance(.25) {
		s.Companion = drawCompanion(r, s.Kind)
	}
	s.place(r)
	s.phase = r.between(0, 8)
	return s
}

func drawCompanion(r stream, main Kind) *Kind {
	for {
		k := Kind{pick(r, Colours...), pick(r, Shapes...)}
		if k.Colour != main.Colour && k.Shape != main.Shape && !k.HeldOut() {
			return &k
		}
	}
}

// place puts the objects on distinct cells of a 3x3 grid: the best of eight
// draws by the smallest gap between two objects.
func (s *Scene) place(r stream) {
	size := r.between(radius[s.Size][0], radius[s.Size][1])
	var objects []object
	for range s.Count {
		objects = append(objects, object{r: float64(size * r.between(.95, 1.05)), shape: s.Shape, colour: rgb[s.Colour]})
	}
	if s.Companion != nil {
		objects = append(objects, object{r: r.between(3, 3.6), shape: s.Companion.Shape, colour: rgb[s.Companion.Colour]})
	}
	best, first := math.Inf(-1), 0
	for range 8 {
		cells := r.Perm(9)[:len(objects)]
		tried := append([]object(nil), objects...)
		for i := range tried {
			reach := math.Min(8.5, 15.5-float64(.95*tried[i].r))
			tried[i].x = Pixels/2 + float64(float64(cells[i]%3-1)*reach) + r.between(-1.5, 1.5)
			tried[i].y = Pixels/2 + float64(float64(cells[i]/3-1)*reach) + r.between(-1.5, 1.5)
		}
		if g := gap(tried); g > best {
			best, first, s.objects = g, cells[0], tried
		}
		if best > .5 {
			break
		}
	}
	for i := range s.objects {
		o := &s.objects[i]
		for c := range o.colour {
			o.colour[c] = clip01(o.colour[c] + r.normal(.05))
		}
		o.turn = r.between(-.06, .06)
	}
	if s.Count == 1 && s.Companion == nil {
		s.Position = map[int]string{4: "middle", 3: "left", 5: "right", 1: "top", 7: "bottom"}[first]
	}
}

// gap is the smallest distance between the outlines of two objects, at most 9.
func gap(objects []object) float64 {
	smallest := 9.0
	for i, a := range objects {
		for _, b := range objects[:i] {
			dx, dy := a.x-b.x, a.y-b.y
			smallest = math.Min(smallest, math.Sqrt(float64(dx*dx)+float64(dy*dy))-a.r-b.r)
		}
	}
	return smallest
}

package emulator

// Gofakes3 are the ways of gofakes3 1.2.0 (dialects.md 3.1; real-servers.md):
// inclusive markers, a listing that starts again from the top after its end,
// common prefixes without their slash and lost when paged, 404 for an empty
// bucket, a part marker that does nothing, and no signature ever verified.
func Gofakes3() Quirks {
	return Quirks{
		Emulate: EmulateGofakes3, Order: OrderID, Markers: MarkersInclusive, Next: NextTruncated,
		SlashlessPrefixes: true, PrefixesLost: true, EmptyIsMissing: true, AnyEncoding: true, URL: Off, Echo: Off,
		ReplaceControls: true, Parts: PartsStalled, AcceptAnySignature: true, AnyRegion: true, Milliseconds: true,
	}
}

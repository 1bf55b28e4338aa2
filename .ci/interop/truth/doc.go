// Package truth works out what a mount must show for a known set of uploads. It
// was written from the interface's text alone and shares no code with the
// product: a mistake in one of them is a difference, not an agreement.
package truth

// Nothing to call: linking this target is what blocks the signal. SwiftPM wants a header.

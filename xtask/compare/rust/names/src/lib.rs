//! Nothing. The dependencies are what counts.

//! The client that city systems use.

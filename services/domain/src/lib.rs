//! The rules of balanced compulsory education, as pure functions.

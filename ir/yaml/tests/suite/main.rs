//! The laws of the reader and the writer, over a corpus of hostile strings, random values, and with outside readers as referees.

mod corpus;
mod dialects;
mod differential;
mod keeping;
mod referees;
mod robustness;
mod roundtrip;
mod short;

//! The catalystc command
fn main() {}

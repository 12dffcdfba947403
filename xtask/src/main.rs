//! Developer commands
fn main() {}

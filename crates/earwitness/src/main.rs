//! The program: settings, commands, wiring.
fn main() {}

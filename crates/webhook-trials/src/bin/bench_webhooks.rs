//! Everything dies again and again, and nothing may be lost.

fn main() {}

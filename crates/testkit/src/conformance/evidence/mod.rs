//! Requirements for every `UserStore` and its `UserReader` about reported evidence.

mod atomicity;
mod blocks;
mod concurrency;
mod deletion;
mod facts;
mod histories;
mod model;
mod ownership;
mod trail;
mod values;

pub use atomicity::*;
pub use blocks::*;
pub use concurrency::*;
pub use deletion::*;
pub use facts::*;
pub use histories::*;
pub use ownership::*;
pub use trail::*;
pub use values::*;

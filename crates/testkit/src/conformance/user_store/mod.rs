//! Requirements for every `UserStore` and its `UserReader`.

mod answers;
mod atomicity;
pub(crate) mod blocks;
mod comments;
mod concurrency;
mod deleted;
mod histories;
pub(crate) mod names;
mod notes;
mod tags;
mod times;
mod values;

pub use answers::*;
pub use atomicity::*;
pub use blocks::*;
pub use comments::*;
pub use concurrency::*;
pub use deleted::*;
pub use histories::*;
pub use names::*;
pub use notes::*;
pub use tags::*;
pub use times::*;
pub use values::*;

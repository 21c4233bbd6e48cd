//! The surface that JavaScript sees, behind the facade in `pkg-template`: it translates, no more.

mod client;
mod event;
mod options;
mod state;

use lol_alloc::{FreeListAllocator, LockedAllocator};

use crate::time::UnixTime;

/// A few hundred small records live at once; the default allocator is made for more, and costs a
/// visitor four times the bytes.
#[global_allocator]
static ALLOCATOR: LockedAllocator<FreeListAllocator> =
    LockedAllocator::new(FreeListAllocator::new());

#[allow(clippy::cast_precision_loss, reason = "milliseconds of this era are exact in a double")]
fn millis(time: UnixTime) -> f64 {
    time.as_millis() as f64
}

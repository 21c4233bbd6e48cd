//! The module's exports, behind the facade in `pkg-template`. They convert values, and hold no rule of
//! the protocol.

mod client;
mod event;
mod options;
mod state;

use lol_alloc::{FreeListAllocator, LockedAllocator};

use crate::time::UnixTime;

/// A few hundred small records live at once. The default allocator is made for more, and its code is four
/// times as large.
#[global_allocator]
static ALLOCATOR: LockedAllocator<FreeListAllocator> =
    LockedAllocator::new(FreeListAllocator::new());

#[allow(clippy::cast_precision_loss, reason = "milliseconds of this era are exact in a double")]
fn millis(time: UnixTime) -> f64 {
    time.as_millis() as f64
}

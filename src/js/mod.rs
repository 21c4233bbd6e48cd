//! The surface that JavaScript sees, behind the facade in `pkg-template`: it translates, no more.

mod client;
mod event;
mod options;
mod state;

use lol_alloc::{FreeListAllocator, LockedAllocator};

/// A few hundred small records live at once; the default allocator is made for more, and costs a
/// visitor four times the bytes.
#[global_allocator]
static ALLOCATOR: LockedAllocator<FreeListAllocator> =
    LockedAllocator::new(FreeListAllocator::new());

//! Between engines and whoever wants objects.
//!
//! [`Cached`] stands in front of an engine and remembers what it gave. [`judge`] holds a render against what a case of a chart expects.
//! Nothing here knows a project: requests come ready, and results go back as values.

mod cache;
mod difference;
mod entry;
mod images;
mod interface;
mod judge;
mod pairs;
pub mod pins;
mod rewrite;
#[cfg(test)]
mod testing;

pub use cache::Cached;
pub use images::{ImageAt, ImageForm, ImagePlaces, Images, find_images, images};
pub use interface::{Surface, surface};
pub use judge::{Miss, Render, judge};
pub use pairs::{Drawn, Draws, ObjectKey, ObjectName, draws};
pub use rewrite::{Kept, NewImage, Rename, Rewriting, Seen, renamed, repository, rewriting};

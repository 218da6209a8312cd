//! What suites share: the context of a case, batches of descriptors, meetings of CPUs, fault handlers, histograms.

pub mod access_evidence;
pub mod batch;
pub mod calibration;
pub mod context;
pub mod defects;
pub mod findings;
pub mod granules;
pub mod group;
pub mod guest;
pub mod handler;
pub mod nested;
pub mod product;
pub mod race;
pub mod rendezvous;
pub mod single;
pub mod space;
pub mod speculation;
pub mod store_race;
pub mod tally;

pub use context::{Conclusion, Context, Trouble};

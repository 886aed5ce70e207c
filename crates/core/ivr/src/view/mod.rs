//! A flow as people look at it: drawn (`rappel graph`), told (`rappel explain`), and the language
//! itself as a manual (`rappel help`) and a schema for editors (`rappel schema`). Nothing here runs.

pub mod chart;
mod dot;
mod flow;
mod group;
pub mod scene;
mod svg;
mod tree;

pub use chart::Chart;
pub use dot::dot;
pub use flow::{Defaults, FlowView, Shown, StepView, Target, Way, read_defaults};
pub use group::Group;
pub use svg::svg;
pub use tree::tree;

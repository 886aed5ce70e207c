//! A flow as people look at it: drawn (`rappel graph`), told (`rappel explain`), and the language
//! itself as a manual (`rappel help`) and a schema for editors (`rappel schema`). Nothing here runs.

pub mod chart;
mod dot;
mod flow;
mod group;
mod kind;
pub mod manual;
pub mod scene;
mod schema;
mod svg;
mod tree;

pub use chart::Chart;
pub use dot::dot;
pub use flow::{Defaults, FlowView, Shown, StepView, Target, Way, read_defaults};
pub use group::Group;
pub use schema::flow_schema;
pub use svg::svg;
pub use tree::tree;

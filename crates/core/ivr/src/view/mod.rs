//! A flow as people look at it: drawn (`rappel graph`), told (`rappel explain`), and the language
//! itself as a manual (`rappel help`) and a schema for editors (`rappel schema`). Nothing here runs.

pub mod chart;
mod dot;
mod explain;
mod flow;
mod group;
mod kind;
pub mod manual;
mod page;
pub mod scene;
mod schema;
mod svg;
mod tables;
mod tree;

pub use chart::Chart;
pub use dot::dot;
pub use explain::explain;
pub use flow::{Defaults, FlowView, Shown, StepView, Target, Way};
pub use group::Group;
pub use schema::flow_schema;
pub use svg::svg;
pub use tables::Tables;
pub use tree::tree;

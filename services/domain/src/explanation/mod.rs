//! Why a verdict is what it is: sentences for a part, and a tree from the verdict down to the reported figures.

mod node;
mod reasons;
mod sentence;
mod text;
mod tree;

pub use node::{Comparison, Gap, Kind, Limit, Node, Operand};
pub use reasons::reasons;
pub use text::{Text, decimal};
pub use tree::explain;

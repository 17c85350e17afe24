//! Why a verdict is what it is: sentences for a part, and a tree from the verdict down to the reported figures.

mod reasons;
mod sentence;
mod text;
mod tree;

pub use reasons::reasons;
pub use text::{Text, decimal};
pub use tree::{Comparison, Gap, Kind, Limit, Node, Operand, explain};

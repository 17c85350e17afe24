//! Behaviour of the runtime over real sockets.

#[cfg(test)]
mod admin;
#[cfg(test)]
mod calls;
#[cfg(test)]
mod config;
mod connections;
#[cfg(test)]
mod deadlines;
#[cfg(test)]
mod draining;
#[cfg(test)]
mod echo;
#[cfg(test)]
mod harness;
#[cfg(test)]
mod observed;
#[cfg(test)]
mod overload;
#[cfg(test)]
mod pages;
#[cfg(test)]
mod process;
#[cfg(test)]
mod secured;

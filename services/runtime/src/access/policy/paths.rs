//! Methods and fields, as descriptors have them.

use std::collections::{BTreeMap, HashMap};

use prost::Message as _;
use prost_types::field_descriptor_proto::{Label, Type};
use prost_types::{DescriptorProto, FileDescriptorSet};

/// What descriptors say of the methods and their requests.
#[derive(Debug, Default)]
pub(super) struct Schema {
    messages: HashMap<String, DescriptorProto>,
    /// By `package.Service/Method`.
    pub(super) methods: BTreeMap<String, Method>,
}

#[derive(Debug)]
pub(super) struct Method {
    pub(super) request: String,
    pub(super) streams: bool,
}

/// A path that leads to a text.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) numbers: Vec<u32>,
    pub(super) repeated: bool,
}

impl Schema {
    pub(super) fn read(descriptor_sets: &[&[u8]]) -> Result<Self, prost::DecodeError> {
        let mut schema = Self::default();
        for encoded in descriptor_sets {
            for file in FileDescriptorSet::decode(*encoded)?.file {
                let package = file.package().to_owned();
                for message in &file.message_type {
                    schema.add(&format!(".{package}"), message);
                }
                for service in &file.service {
                    for method in &service.method {
                        let name = format!("{package}.{}/{}", service.name(), method.name());
                        let (request, streams) = (method.input_type().to_owned(), method.client_streaming());
                        schema.methods.insert(name, Method { request, streams });
                    }
                }
            }
        }
        Ok(schema)
    }

    fn add(&mut self, parent: &str, message: &DescriptorProto) {
        let name = format!("{parent}.{}", message.name());
        for nested in &message.nested_type {
            self.add(&name, nested);
        }
        self.messages.insert(name, message.clone());
    }

    /// Follows a path through a message.
    pub(super) fn follow(&self, message: &str, path: &str) -> Result<Found, &'static str> {
        let mut found = Found { numbers: vec![], repeated: false };
        let mut parts = path.split('.').peekable();
        let mut at = message.to_owned();
        while let Some(part) = parts.next() {
            let message = self.messages.get(&at).ok_or("leads beyond what the descriptors have")?;
            let field = message.field.iter().find(|field| field.name() == part).ok_or("there is no such field")?;
            found.numbers.push(u32::try_from(field.number()).map_err(|_| "there is no such field")?);
            found.repeated |= field.label() == Label::Repeated;
            match (field.r#type(), parts.peek()) {
                (Type::Message, Some(_)) => field.type_name().clone_into(&mut at),
                (Type::String, None) => {}
                (_, Some(_)) => return Err("leads through what is no message"),
                (_, None) => return Err("does not end at a text"),
            }
        }
        Ok(found)
    }
}

use proptest::collection::vec;
use proptest::prelude::*;
use prost_reflect::{DescriptorPool, DynamicMessage, MessageDescriptor, Value};

use super::*;

const SCHEMA: &str = r#"
    syntax = "proto3";
    package test;
    message Outer { string region = 1; uint64 count = 2; Inner inner = 3; repeated Inner each = 4; bytes rest = 20; double share = 6; fixed32 bits = 7; }
    message Inner { string name = 1; Inner inner = 2; bytes rest = 3; sint32 number = 4; }
"#;

fn outer() -> MessageDescriptor {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("test.proto"), SCHEMA).unwrap();
    let files = protox::compile(["test.proto"], [folder.path()]).unwrap();
    let pool = DescriptorPool::from_file_descriptor_set(files).unwrap();
    pool.get_message_by_name("test.Outer").unwrap()
}

/// `region`, `inner.inner.name`, `each.name`.
fn node() -> Node {
    let mut node = Node::default();
    for (index, path) in [&[1][..], &[3, 2, 1], &[4, 1]].into_iter().enumerate() {
        assert!(node.add(path, index));
    }
    node
}

fn read(message: &[u8], cuts: usize) -> Result<Vec<(usize, String)>, Malformed> {
    let message = Bytes::copy_from_slice(message);
    let size = message.len().div_ceil(cuts).max(1);
    let mut chunks: VecDeque<Bytes> = VecDeque::from([Bytes::from_static(b"prefix")]);
    chunks.extend((0..message.len()).step_by(size).map(|at| message.slice(at..(at + size).min(message.len()))));
    chunks.push_back(Bytes::from_static(b"\x0a\x01x another message"));
    let mut found = Vec::new();
    find(&chunks, 6, message.len(), &node(), &mut |path, text| found.push((path, text)))?;
    Ok(found.into_iter().map(|(path, text)| (path, String::from_utf8_lossy(&text).into_owned())).collect())
}

/// What a decoder makes of the same paths; a text that is not there is empty.
fn decoded(message: &DynamicMessage) -> Vec<(usize, String)> {
    fn text(message: &DynamicMessage, name: &str) -> String {
        message.get_field_by_name(name).unwrap().as_str().unwrap().to_owned()
    }
    fn within(message: &DynamicMessage) -> DynamicMessage {
        message.get_field_by_name("inner").unwrap().as_message().unwrap().clone()
    }
    let mut found = vec![(0, text(message, "region")), (1, text(&within(&within(message)), "name"))];
    let each = message.get_field_by_name("each").unwrap();
    found.extend(each.as_list().unwrap().iter().map(|inner| (2, text(inner.as_message().unwrap(), "name"))));
    found
}

fn field(number: u32, wire_type: u32, body: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    prost::encoding::encode_varint(u64::from(number << 3 | wire_type), &mut bytes);
    if wire_type == 2 {
        prost::encoding::encode_varint(body.len() as u64, &mut bytes);
    }
    bytes.extend(body);
    bytes
}

/// Fields of an `Inner`, of an `Outer`, and of neither, in any order and as often as it comes.
fn inner() -> impl Strategy<Value = Vec<u8>> {
    let leaf = prop_oneof![
        "[a-z]{0,4}".prop_map(|text| field(1, 2, text.as_bytes())),
        vec(any::<u8>(), 0..6).prop_map(|bytes| field(3, 2, &bytes)),
        (0_u8..128).prop_map(|byte| field(4, 0, &[byte])),
        (0_u8..128).prop_map(|byte| field(900, 0, &[byte])),
    ];
    let fields = vec(leaf, 0..4).prop_map(|fields| fields.concat());
    fields.prop_recursive(3, 12, 3, |fields| {
        vec(prop_oneof![fields.clone(), fields.prop_map(|inner| field(2, 2, &inner))], 0..3)
            .prop_map(|fields| fields.concat())
    })
}

fn any_outer() -> impl Strategy<Value = Vec<u8>> {
    let one = prop_oneof![
        "[a-z]{0,4}".prop_map(|text| field(1, 2, text.as_bytes())),
        inner().prop_map(|inner| field(3, 2, &inner)),
        inner().prop_map(|inner| field(4, 2, &inner)),
        vec(any::<u8>(), 0..6).prop_map(|bytes| field(20, 2, &bytes)),
        any::<[u8; 8]>().prop_map(|bytes| field(6, 1, &bytes)),
        any::<[u8; 4]>().prop_map(|bytes| field(7, 5, &bytes)),
        Just(field(2, 0, &[0xff; 9].iter().copied().chain([1]).collect::<Vec<_>>())),
    ];
    vec(one, 0..8).prop_map(|fields| fields.concat())
}

/// Whatever the decoder takes was reported, for it is what counts in the end.
fn assert_nothing_is_hidden(message: &[u8], cuts: usize, descriptor: &MessageDescriptor) {
    let (read, decoded_message) = (read(message, cuts), DynamicMessage::decode(descriptor.clone(), message));
    let Ok(read) = read else { return };
    let Ok(message) = decoded_message else { return };
    for (path, text) in decoded(&message) {
        let there = read.contains(&(path, text.clone()));
        assert!(there || text.is_empty(), "{path}: {text} was taken and not seen in {read:?}");
    }
    let each = |found: &[(usize, String)]| found.iter().filter(|(path, _)| *path == 2).cloned().collect::<Vec<_>>();
    let named = each(&decoded(&message)).into_iter().filter(|(_, text)| !text.is_empty()).count();
    assert!(each(&read).len() >= named);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn well_formed_messages_are_read_as_a_decoder_does(message in any_outer(), cuts in 1_usize..40) {
        let descriptor = outer_once();
        prop_assert!(DynamicMessage::decode(descriptor.clone(), &*message).is_ok());
        prop_assert!(read(&message, cuts).is_ok());
        assert_nothing_is_hidden(&message, cuts, descriptor);
    }

    #[test]
    fn damaged_messages_hide_nothing(
        mut message in any_outer(),
        changes in vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
        cut in any::<prop::sample::Index>(),
        cuts in 1_usize..40,
    ) {
        if !message.is_empty() {
            for (at, byte) in changes {
                let at = at.index(message.len());
                message[at] = byte;
            }
            message.truncate(cut.index(message.len() + 1));
        }
        assert_nothing_is_hidden(&message, cuts, outer_once());
    }

    #[test]
    fn no_bytes_make_it_panic(message in vec(any::<u8>(), 0..64), cuts in 1_usize..8) {
        assert_nothing_is_hidden(&message, cuts, outer_once());
    }
}

fn outer_once() -> &'static MessageDescriptor {
    static OUTER: std::sync::OnceLock<MessageDescriptor> = std::sync::OnceLock::new();
    OUTER.get_or_init(outer)
}

#[test]
fn every_occurrence_is_reported_in_its_order() {
    let deep = |name: &str| field(3, 2, &field(2, 2, &field(1, 2, name.as_bytes())));
    let message = [
        field(1, 2, b"one"),
        deep("two"),
        field(1, 2, b""),
        field(4, 2, &[field(1, 2, b"three"), field(1, 2, b"four")].concat()),
        deep("five"),
    ]
    .concat();

    let found = read(&message, 3).unwrap();

    let expected = [(0, "one"), (1, "two"), (0, ""), (2, "three"), (2, "four"), (1, "five")];
    assert_eq!(found, expected.map(|(path, text)| (path, text.to_owned())));
    let taken = DynamicMessage::decode(outer(), &*message).unwrap();
    assert_eq!(taken.get_field_by_name("region").unwrap().as_ref(), &Value::String(String::new()));
}

#[test]
fn what_can_be_read_in_two_ways_is_malformed() {
    for (message, why) in [
        (field(1, 0, &[1]), "a number where the text must be"),
        (field(3, 0, &[1]), "a number where a message must be"),
        (field(9, 3, &[]), "a group begins"),
        (field(9, 4, &[]), "a group ends"),
        (field(9, 6, &[]), "a wire type that there is not"),
        (vec![0x00, 0x00], "field zero"),
        (vec![0x0a, 0x05, b'a'], "a text beyond the end"),
        (field(3, 2, &[0x12, 0x05, 0x0a, 0x00]), "a message beyond the one around it"),
        (vec![0x10, 0xff], "a number without end"),
        ([vec![0x10], vec![0xff; 10]].concat(), "a number of more than 64 bits"),
        (
            [vec![0x8a, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01], vec![1, b'a']].concat(),
            "a key of 64 bits",
        ),
        (field(1, 2, &[b'a'; LONGEST + 1]), "a text of any length"),
    ] {
        assert_eq!(read(&message, 2), Err(Malformed), "{why}");
    }
}

#[test]
fn paths_that_cross_are_not_added() {
    let mut node = node();

    assert!(!node.add(&[1], 9), "there already");
    assert!(!node.add(&[1, 2], 9), "through a text");
    assert!(!node.add(&[3, 2], 9), "ends where another goes on");
    assert!(!node.add(&[], 9), "leads nowhere");
    assert!(node.add(&[3, 1], 9));
}

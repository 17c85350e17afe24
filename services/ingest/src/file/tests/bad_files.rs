use super::*;

fn rules_of(name: &str, bytes: &[u8]) -> Vec<(String, String)> {
    rules(&read(&[NamedFile { name, bytes }]))
}

#[test]
fn what_is_no_workbook_is_told() {
    let whole = template().write().unwrap();
    let old = [super::super::archive::COMPOUND_FILE.as_slice(), &[0; 600]].concat();
    let name: Vec<u8> = "EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let encrypted = [old.as_slice(), &name].concat();
    let mut no_book = filled();
    no_book.0.retain(|(name, _)| name != "xl/workbook.xml");
    let mut no_sheet = filled();
    no_sheet.0.retain(|(name, _)| name != "xl/worksheets/sheet2.xml");
    let mut cut_off = filled();
    cut_off.change("xl/worksheets/sheet2.xml", |text| text[..text.len() / 2].to_owned());
    let mut no_strings = filled();
    no_strings.change("xl/sharedStrings.xml", |text| text[..400].to_owned());

    for (what, bytes) in [
        ("cut off", &whole[..whole.len() / 2]),
        ("an old one", &old),
        ("an encrypted one", &encrypted),
        ("no sheet in it", &no_sheet.bytes()),
        ("a sheet cut off", &cut_off.bytes()),
        ("strings cut off", &no_strings.bytes()),
        ("bytes", b"PK\x03\x04"),
    ] {
        let reading = read_bytes(bytes);
        assert_eq!(rules(&reading), [one("workbook", "a.xlsx")], "{what}");
        assert!(reading.facts.is_empty(), "{what}");
    }
    assert_eq!(rules(&read_bytes(&no_book.bytes())), [one("sheet_missing", "a.xlsx")]);
    let mut document = filled();
    for (name, _) in &mut document.0 {
        *name = name.replace("xl/", "word/");
    }
    let document = read_bytes(&document.bytes());
    assert_eq!(rules(&document), [one("workbook", "a.xlsx")]);
    assert!(document.findings[0].message.contains("其他文档"), "{:?}", document.findings);
    assert!(read_bytes(&old).findings[0].message.contains(".xls"));
    assert!(read_bytes(&encrypted).findings[0].message.contains("密码"));
}

#[test]
fn a_bomb_is_told_and_not_unpacked() {
    let mut book = filled();
    book.change("xl/worksheets/sheet2.xml", |text| {
        text.replacen("</sheetData>", &format!("{}</sheetData>", " ".repeat(65 << 20)), 1)
    });
    let bytes = book.bytes();
    assert!(bytes.len() < 1 << 20);

    assert_eq!(rules(&read_bytes(&bytes)), [one("workbook", "a.xlsx")]);
}

#[test]
fn a_file_beyond_the_limit_is_told() {
    let large = vec![b'1'; super::super::MAX_FILE_BYTES + 1];

    assert_eq!(rules_of("s.csv", &large), [one("file_size", "s.csv")]);
}

#[test]
fn a_table_that_is_too_wide_is_told() {
    let wide = [b"school_code".as_slice(), &[b','; 200], b"\n2121000001\n"].concat();
    let long = [b"school_code,books\n2121000001,1\n2121000002".as_slice(), &[b','; 200], b"\n"].concat();

    assert_eq!(rules_of("s.csv", &wide), [one("sheet_size", "s.csv:1")]);
    assert_eq!(rules_of("s.csv", &long), [one("sheet_size", "s.csv:3")]);
}

#[test]
fn two_tables_of_a_kind_are_told() {
    let schools = NamedFile { name: "s.csv", bytes: b"school_code,books\n2121000001,1\n" };
    let items = NamedFile { name: "i.csv", bytes: b"item,operand,value\nG1,declared_met,true\n" };
    let book = template().write().unwrap();

    assert_eq!(rules(&read(&[schools, items])), []);
    assert_eq!(rules(&read(&[schools, items, NamedFile { name: "t.csv", ..schools }])), [one("file_once", "t.csv")]);
    let with_book = read(&[schools, NamedFile { name: "a.xlsx", bytes: &book }]);
    assert_eq!(rules(&with_book), [one("file_once", "a.xlsx")]);
    assert_eq!(with_book.facts.len(), 1);
}

#[test]
fn gbk_is_told_and_another_encoding_refused() {
    let (gbk, ..) = encoding_rs::GBK.encode("学校标识码,学校名称\n2121000001,彰武县第一小学\n");
    let reading = read(&[NamedFile { name: "s.csv", bytes: &gbk }]);
    let utf16: Vec<u8> = "school_code,books\n".encode_utf16().flat_map(u16::to_le_bytes).collect();

    assert_eq!(reading.sources[0].encoding.map(super::super::Encoding::name), Some("GBK"));
    assert_eq!(reading.registry[0].name, "彰武县第一小学");
    assert_eq!(rules_of("s.csv", &[b"\xff\xfe".as_slice(), &utf16].concat()), [one("encoding", "s.csv:1")]);
}

#[test]
fn a_file_of_nothing_is_told() {
    assert_eq!(rules_of("s.csv", b""), [one("file_empty", "s.csv")]);
    assert_eq!(rules_of("s.csv", b"school_code,books\n"), [one("file_empty", "s.csv")]);
    assert_eq!(rules_of("i.csv", b"item,operand,value\n"), [one("file_empty", "i.csv")]);
}

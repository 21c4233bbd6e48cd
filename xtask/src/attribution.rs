//! Attributes the bytes of a module to the source that they come from: each source module of this
//! crate, and each dependency. It shows where the next cut pays most.
//!
//! The names of the functions say where their code comes from. Two things are worth knowing:
//!
//! - Code that the compiler has inlined counts at the function that it was inlined into.
//! - Code of a library that was compiled for a type of this crate, such as the code that drops a
//!   `Vec<Endpoint>`, counts at the source module of that type.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::path::Path;

use anyhow::{Context as _, Result};
use walkdir::WalkDir;
use wasmparser::{KnownCustom, Name, Parser, Payload, TypeRef};

use crate::compress::brotli;
use crate::workspace::Workspace;

/// The crate's own name in the names of functions.
const OWN: &str = "basic_oauth";
/// What the names of the exports begin with: the methods of the one class in `js/client`.
const EXPORTS: &str = "client_";
/// The short table has no line of its own for a dependency with fewer bytes.
const SMALL: i64 = 400;
/// How many functions the long table names.
const LARGEST: usize = 30;

/// Where bytes come from. In the order of the tables.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
enum Source {
    /// A source module of this crate: `client/refresh`.
    Own(String),
    /// Another crate.
    Dependency(String),
    /// Code without a path of Rust: what the tools have added.
    Tools,
    /// Texts and constants.
    Data,
    /// Types, imports, exports and tables.
    Tables,
}

impl Source {
    fn label(&self) -> String {
        match self {
            Self::Own(module) => module.clone(),
            Self::Dependency(name) => name.replace('_', "-"),
            Self::Tools => "code of the tools".to_owned(),
            Self::Data => "data: texts and constants".to_owned(),
            Self::Tables => "types, imports, exports, tables".to_owned(),
        }
    }

    fn part(&self) -> Part {
        match self {
            Self::Own(_) | Self::Dependency(_) | Self::Tools => Part::Code,
            Self::Data => Part::Data,
            Self::Tables => Part::Tables,
        }
    }

    /// Returns the source for the short table: a folder of this crate, or a larger dependency.
    fn shortened(&self, raw: i64) -> Self {
        match self {
            Self::Own(module) => {
                let folder = module.split('/').next().unwrap_or_default();
                Self::Own(folder.to_owned())
            }
            Self::Dependency(_) if raw < SMALL => Self::Dependency("other dependencies".to_owned()),
            other => other.clone(),
        }
    }
}

/// A part of a module that compresses in its own way.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
enum Part {
    Code,
    Data,
    Tables,
}

/// The source modules of this crate, such as `protocol/token`.
pub(crate) struct SourceModules(BTreeSet<String>);

impl SourceModules {
    pub(crate) fn read(workspace: &Workspace) -> Result<Self> {
        let root = workspace.path("src");
        let mut modules = BTreeSet::new();
        for entry in WalkDir::new(&root) {
            let path = entry?.into_path();
            if path.extension() == Some(OsStr::new("rs")) {
                modules.extend(module_of(path.strip_prefix(&root)?));
            }
        }
        Ok(Self(modules))
    }

    /// Returns the innermost source module that a path leads through: its last names may be those
    /// of types and functions.
    fn innermost(&self, path: &[&str]) -> String {
        let lengths = (1..=path.len()).rev();
        let found = lengths.map(|length| path[..length].join("/")).find(|it| self.0.contains(it));
        found.unwrap_or_else(|| "lib".to_owned())
    }
}

/// Returns the source module of a file: `client/refresh.rs` is `client/refresh`.
fn module_of(file: &Path) -> Option<String> {
    let module = file.with_extension("");
    let module = if module.ends_with("mod") { module.parent()? } else { &module };
    Some(module.to_str()?.replace('\\', "/"))
}

/// Returns where a function comes from, given its name in the module.
fn source_of(function: &str, modules: &SourceModules) -> Source {
    if function.starts_with(EXPORTS) {
        return Source::Own(modules.innermost(&["js", "client"]));
    }
    let demangled = demangle(function);
    let (own, first) = match function.strip_prefix("_R") {
        Some(mangled) => (own_path_in_mangled(mangled), first_crate_in_mangled(mangled)),
        None => (own_path(&demangled), first_crate(&demangled)),
    };
    match (own, first) {
        (Some(path), _) => Source::Own(modules.innermost(&path)),
        (None, Some(name)) => Source::Dependency(name.to_owned()),
        (None, None) => Source::Tools,
    }
}

fn demangle(function: &str) -> String {
    // The alternate form has no hashes.
    format!("{:#}", rustc_demangle::demangle(function))
}

/// Returns the first path below this crate in a readable name.
fn own_path(name: &str) -> Option<Vec<&str>> {
    let (before, after) = name.split_once(OWN)?;
    let is_whole = !before.ends_with(is_of_name);
    match after.strip_prefix("::").filter(|_| is_whole) {
        Some(path) => Some(path.split("::").take_while(|it| it.chars().all(is_of_name)).collect()),
        None => own_path(after),
    }
}

/// Returns the crate of the first path in a readable name.
fn first_crate(name: &str) -> Option<&str> {
    let (before, after) = name.split_once("::")?;
    let start = before.rfind(|it| !is_of_name(it)).map_or(0, |at| at + 1);
    let first = &before[start..];
    let is_crate = first.starts_with(|it: char| it.is_ascii_lowercase());
    if is_crate { Some(first) } else { first_crate(after) }
}

/// Returns the first path below this crate in a name of the [v0 scheme], after its prefix `_R`.
///
/// Only the mangled name has the place of an inherent `impl`. Its readable form names the type, which
/// may have been declared in another module.
///
/// [v0 scheme]: https://doc.rust-lang.org/rustc/symbol-mangling/v0.html
fn own_path_in_mangled(name: &str) -> Option<Vec<&str>> {
    let krate = format!("{}{OWN}", OWN.len());
    let (_, after) = name.split_once(&krate)?;
    // At its end, a name has the crate that generic code was compiled for.
    if after.is_empty() || after.starts_with('.') {
        return None;
    }
    let mut path = Vec::new();
    let mut rest = after;
    while let Some((name, more)) = identifier(rest) {
        path.push(name);
        rest = more;
    }
    Some(path)
}

/// Returns the crate of the first path in such a name: `C`, perhaps `s` with a number of base 62, and
/// an identifier.
fn first_crate_in_mangled(name: &str) -> Option<&str> {
    let (_, after) = name.split_once('C')?;
    let number = after.strip_prefix('s').and_then(|it| it.split_once('_'));
    let is_number = |it: &str| it.chars().all(|it| it.is_ascii_alphanumeric());
    let krate = match number {
        Some((number, krate)) if is_number(number) => krate,
        _ => after,
    };
    identifier(krate).map(|(name, _)| name).or_else(|| first_crate_in_mangled(after))
}

/// Reads an identifier: its length, an underscore if its text begins with a digit or one, its text.
fn identifier(mangled: &str) -> Option<(&str, &str)> {
    let digits = mangled.len() - mangled.trim_start_matches(|it: char| it.is_ascii_digit()).len();
    let (length, rest) = mangled.split_at(digits);
    rest.strip_prefix('_').unwrap_or(rest).split_at_checked(length.parse().ok()?)
}

fn is_of_name(character: char) -> bool {
    character.is_ascii_alphanumeric() || character == '_'
}

/// The bytes of a module by their source.
pub(crate) struct Attribution {
    sources: BTreeMap<Source, i64>,
    functions: BTreeMap<String, i64>,
    /// How many bytes are left of a byte after compression.
    ratios: BTreeMap<Part, f64>,
}

impl Attribution {
    /// Reads a module that has the names of its functions.
    pub(crate) fn of(wasm: &[u8], modules: &SourceModules) -> Result<Self> {
        let mut sections: BTreeMap<Part, Vec<u8>> = BTreeMap::new();
        let mut bodies = Vec::new();
        let mut names = BTreeMap::new();
        let mut imports = 0;
        for payload in Parser::new(0).parse_all(wasm) {
            let payload = payload?;
            let part = match &payload {
                Payload::CustomSection(section) => {
                    if let KnownCustom::Name(section) = section.as_known() {
                        names.extend(function_names(section)?);
                    }
                    continue;
                }
                Payload::ImportSection(section) => {
                    imports = imported_functions(section)?;
                    Part::Tables
                }
                Payload::CodeSectionEntry(body) => {
                    bodies.push(body.range().len());
                    continue;
                }
                Payload::CodeSectionStart { .. } => Part::Code,
                Payload::DataSection(_) => Part::Data,
                _ => Part::Tables,
            };
            if let Some((_, content)) = payload.as_section() {
                let content = wasm.get(content).context("a section outside the module")?;
                sections.entry(part).or_default().extend_from_slice(content);
            }
        }
        anyhow::ensure!(!names.is_empty(), "the module has no names");

        let mut sources: BTreeMap<Source, i64> = BTreeMap::new();
        let mut functions: BTreeMap<String, i64> = BTreeMap::new();
        for (index, length) in bodies.iter().enumerate() {
            let length = i64::try_from(*length)?;
            let name = names.get(&(imports + index)).map(String::as_str).unwrap_or_default();
            *sources.entry(source_of(name, modules)).or_default() += length;
            *functions.entry(demangle(name)).or_default() += length;
        }
        let size = |part| sections.get(&part).map_or(0, Vec::len);
        sources.insert(Source::Data, i64::try_from(size(Part::Data))?);
        // What the code section has besides the functions is their lengths.
        let lengths = size(Part::Code) - bodies.iter().sum::<usize>();
        sources.insert(Source::Tables, i64::try_from(size(Part::Tables) + lengths)?);
        let ratio = |content: &[u8]| brotli(content) as f64 / content.len().max(1) as f64;
        let ratios = sections.iter().map(|(part, content)| (*part, ratio(content))).collect();
        Ok(Self { sources, functions, ratios })
    }

    /// Returns what this module has more than another one.
    pub(crate) fn minus(mut self, other: &Self) -> Self {
        for (source, raw) in &other.sources {
            *self.sources.entry(source.clone()).or_default() -= raw;
        }
        for (function, raw) in &other.functions {
            *self.functions.entry(function.clone()).or_default() -= raw;
        }
        self
    }

    /// Returns the lines of the long or of the short table.
    pub(crate) fn table(&self, is_long: bool) -> Vec<String> {
        if is_long { self.long_table() } else { self.short_table() }
    }

    /// Returns a line for each folder of this crate, and for each larger dependency.
    fn short_table(&self) -> Vec<String> {
        let mut rows: BTreeMap<Source, i64> = BTreeMap::new();
        for (source, raw) in &self.sources {
            *rows.entry(source.shortened(*raw)).or_default() += raw;
        }
        self.groups(&rows)
    }

    /// Returns a line for each source module of this crate and each dependency, and then the largest
    /// functions.
    fn long_table(&self) -> Vec<String> {
        let mut lines = self.groups(&self.sources);
        let mut functions: Vec<_> = self.functions.iter().collect();
        functions.sort_by_key(|(name, raw)| (-**raw, *name));
        lines.push(format!("{:<34}{:>10}", "the largest functions", "raw"));
        let largest = functions.into_iter().take(LARGEST);
        lines.extend(largest.map(|(name, raw)| format!("{raw:>44}  {name}")));
        lines
    }

    fn groups(&self, rows: &BTreeMap<Source, i64>) -> Vec<String> {
        let mut lines =
            vec![format!("{:<34}{:>10}{:>20}", "bytes by source", "raw", "brotli, estimated")];
        lines.extend(self.group("basic-oauth", rows, |it| matches!(it, Source::Own(_))));
        let is_dependency = |it: &Source| matches!(it, Source::Dependency(_));
        lines.extend(self.group("dependencies", rows, is_dependency));
        lines.extend(
            self.group("the rest", rows, |it| {
                !matches!(it, Source::Own(_) | Source::Dependency(_))
            }),
        );
        lines
    }

    /// Returns a line for the sum of a group, and one for each of its rows, the largest first.
    fn group(
        &self,
        title: &str,
        rows: &BTreeMap<Source, i64>,
        is_member: impl Fn(&Source) -> bool,
    ) -> Vec<String> {
        let mut members: Vec<_> =
            rows.iter().filter(|(it, raw)| is_member(it) && **raw != 0).collect();
        members.sort_by_key(|(source, raw)| (-**raw, *source));
        let raw = members.iter().map(|(_, raw)| **raw).sum();
        let brotli = members.iter().map(|(source, raw)| self.compressed(source, **raw)).sum();
        let mut lines = vec![line(title, raw, brotli)];
        lines.extend(members.into_iter().map(|(source, raw)| {
            line(&format!("  {}", source.label()), *raw, self.compressed(source, *raw))
        }));
        lines
    }

    fn compressed(&self, source: &Source, raw: i64) -> f64 {
        raw as f64 * self.ratios.get(&source.part()).copied().unwrap_or_default()
    }
}

fn line(name: &str, raw: i64, brotli: f64) -> String {
    format!("{name:<34}{raw:>10}{brotli:>20.0}")
}

fn function_names(section: wasmparser::NameSectionReader<'_>) -> Result<Vec<(usize, String)>> {
    let mut names = Vec::new();
    for part in section {
        let Name::Function(map) = part? else { continue };
        for naming in map {
            let naming = naming?;
            names.push((naming.index as usize, naming.name.to_owned()));
        }
    }
    Ok(names)
}

fn imported_functions(section: &wasmparser::ImportSectionReader<'_>) -> Result<usize> {
    let mut count = 0;
    for import in section.clone().into_imports() {
        count += usize::from(matches!(import?.ty, TypeRef::Func(_) | TypeRef::FuncExact(_)));
    }
    Ok(count)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn modules() -> SourceModules {
        let files = [
            "lib.rs",
            "client/mod.rs",
            "client/refresh.rs",
            "js/client.rs",
            "protocol/token/mod.rs",
        ];
        SourceModules(files.iter().filter_map(|file| module_of(Path::new(file))).collect())
    }

    fn source(function: &str) -> String {
        source_of(function, &modules()).label()
    }

    #[test]
    fn files_are_source_modules() {
        let expected = ["client", "client/refresh", "js/client", "lib", "protocol/token"];
        assert!(modules().0.iter().eq(&expected));
    }

    #[test]
    fn a_method_counts_where_it_is_written_not_where_its_type_is() {
        let refresh = "_RNvMs_NtNtCs7ab_11basic_oauth6client7refreshNtB6_9BasicAuth6reject";
        assert_eq!(source(refresh), "client/refresh");
        let legacy = "_ZN11basic_oauth6client7refresh57_$LT$impl$u20$basic_oauth..client..BasicAu\
                      th$LT$P$GT$$GT$6reject17h0123456789abcdefE";
        assert_eq!(source(legacy), "client/refresh");
    }

    #[test]
    fn names_of_types_and_functions_are_no_source_modules() {
        assert_eq!(source("_RNvNtNtCs7ab_11basic_oauth8protocol5token4read"), "protocol/token");
        assert_eq!(source("_RNvNtCs7ab_11basic_oauth6client4open"), "client");
        assert_eq!(source("_RNvCs7ab_11basic_oauth4open"), "lib");
    }

    #[test]
    fn library_code_for_an_own_type_is_own_code() {
        let drop =
            "_RINvNtCs1_4core3ptr13drop_in_placeNtNtNtCs7ab_11basic_oauth6client7refresh4PlanE";
        assert_eq!(source(drop), "client/refresh");
        let legacy =
            "_ZN4core3ptr47drop_in_place$LT$basic_oauth..client..Inner$GT$17h0123456789abcdefE";
        assert_eq!(source(legacy), "client");
    }

    #[test]
    fn library_code_that_an_own_module_asked_for_is_library_code() {
        let grow = "_RNvMs2_NtCs1_5alloc7raw_vecINtB5_6RawVechE8grow_oneCs7ab_11basic_oauth";
        assert_eq!(source(grow), "alloc");
        assert_eq!(source("_RNvMsC_Cs4_6js_sysNtB5_8Function5call1"), "js-sys");
        assert_eq!(source("_RNvMs_NtCs1_5alloc5sliceSh6concat"), "alloc");
        let legacy = "_ZN46_$LT$$RF$str$u20$as$u20$core..fmt..Display$GT$3fmt17h0123456789abcdefE";
        assert_eq!(source(legacy), "core");
        assert_eq!(source("__wbindgen_malloc"), "code of the tools");
        assert_eq!(source("client_fetch"), "js/client");
        assert_eq!(source("other_basic_oauth::client::read"), "other-basic-oauth");
    }

    /// A module with one import `a.b`, one function, and its name.
    fn module(name: &str) -> Vec<u8> {
        let mut wasm = b"\0asm\x01\0\0\0".to_vec();
        wasm.extend(b"\x01\x04\x01\x60\0\0\x02\x07\x01\x01a\x01b\0\0\x03\x02\x01\0");
        wasm.extend(b"\x0a\x04\x01\x02\0\x0b");
        let length = u8::try_from(name.len()).unwrap();
        let content = [&[1, length + 3, 1, 1, length], name.as_bytes()].concat();
        wasm.extend([0, length + 10]);
        wasm.extend([b"\x04name", &content[..]].concat());
        wasm
    }

    #[test]
    fn the_bytes_of_a_function_count_at_its_name() {
        let attribution = |name| Attribution::of(&module(name), &modules());
        let own = attribution("basic_oauth::client::open").unwrap();
        assert_eq!(own.sources.get(&Source::Own("client".into())), Some(&2), "a body of two bytes");
        assert_eq!(own.functions.get("basic_oauth::client::open"), Some(&2));
        assert_eq!(own.sources.values().sum::<i64>(), 17, "the contents of all sections");
        let more = own.minus(&attribution("core::fmt::write").unwrap());
        assert_eq!(more.sources.get(&Source::Dependency("core".into())), Some(&-2));
        assert_eq!(more.sources.get(&Source::Tables), Some(&0));
        assert!(Attribution::of(b"\0asm\x01\0\0\0", &modules()).is_err(), "no names");
    }

    #[test]
    fn the_short_table_has_folders_and_the_long_one_has_files() {
        let own = |module: &str, raw| (Source::Own(module.into()), raw);
        let crates = [("alloc", 900), ("small", 100), ("tiny", 50)];
        let attribution = Attribution {
            sources: [own("client", 1000), own("client/refresh", 500), own("time", 20)]
                .into_iter()
                .chain(crates.map(|(name, raw)| (Source::Dependency(name.into()), raw)))
                .chain([(Source::Data, 300), (Source::Tables, 70)])
                .collect(),
            functions: BTreeMap::from([("a::b".into(), 7), ("a::c".into(), 9)]),
            ratios: BTreeMap::from([(Part::Code, 0.4), (Part::Data, 0.5)]),
        };
        let short = attribution.short_table();
        let row = |name: &str, raw: i64, brotli: i64| format!("{name:<34}{raw:>10}{brotli:>20}");
        for expected in [
            row("basic-oauth", 1520, 608),
            row("  client", 1500, 600),
            row("  other dependencies", 150, 60),
            row("  data: texts and constants", 300, 150),
        ] {
            assert!(short.contains(&expected), "{expected} in {short:#?}");
        }
        let long = attribution.long_table();
        assert!(long.contains(&row("  client/refresh", 500, 200)), "{long:#?}");
        assert!(long.last().unwrap().ends_with("7  a::b"), "the largest first");
    }
}

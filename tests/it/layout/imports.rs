//! Which file of a crate needs which.
//!
//! A file needs the files that define what its paths name: what it imports, and paths in its code that begin
//! with `crate`, `self`, `super`, a module inside it, or a name that it imports. Three things make no need:
//!
//! - `mod child;` alone: a parent has its children.
//! - A re-export that the file itself doesn't use. Who names an item by the path of a re-export needs the file
//!   that defines it, not the one in between. So a `mod.rs` may offer what its children have.
//! - Modules in a file under `#[cfg(test)]`.
//!
//! A child that uses what its parent defines, while the parent uses the child, is a circle.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use super::source::{Import, Mention, Source};

/// The path of a module, from its crate's root.
type Module = Vec<String>;

/// For each file the files that it needs, by their names below the crate's `src`.
pub(super) type Needs = BTreeMap<String, BTreeSet<String>>;

struct Krate {
    /// By module: the file's name, and what is in it.
    modules: BTreeMap<Module, (String, Source)>,
}

/// Reads which files below `src` need which.
pub(super) fn needs(src: &Path) -> Needs {
    let mut modules = BTreeMap::new();
    add_modules(src, src, &mut modules);
    let krate = Krate { modules };
    let mut needs = Needs::new();
    for (module, (file, source)) in &krate.modules {
        let mut needed = krate.needed(module, source);
        needed.remove(module);
        let files = needed.iter().map(|module| krate.modules[module].0.clone());
        needs.insert(file.clone(), files.collect());
    }
    needs
}

fn add_modules(src: &Path, folder: &Path, found: &mut BTreeMap<Module, (String, Source)>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            add_modules(src, &path, found);
            continue;
        }
        let file = path.strip_prefix(src).expect("below").to_str().expect("a text").to_owned();
        // `main.rs` and binaries are crates of their own, which only use the library.
        let Some(module) = file.strip_suffix(".rs").filter(|name| !is_binary(name)) else {
            continue;
        };
        let mut module: Module = module.split('/').map(str::to_owned).collect();
        if module.last().is_some_and(|last| last == "mod") || module == ["lib"] {
            module.pop();
        }
        let source = Source::read(&fs::read_to_string(&path).expect("a source"));
        found.insert(module, (file, source));
    }
}

fn is_binary(name: &str) -> bool {
    name == "main" || name.starts_with("bin/")
}

impl Krate {
    /// The modules that `module` needs.
    fn needed(&self, module: &Module, source: &Source) -> BTreeSet<Module> {
        let mut needed = BTreeSet::new();
        let used = |import: &Import| {
            let name = &import.name;
            source.mentions.iter().any(|mention| mention.path[0] == *name)
        };
        for import in &source.imports {
            if import.public && !used(import) {
                continue;
            }
            let Some(path) = self.absolute(module, &import.within, &import.path, source) else {
                continue;
            };
            // A module's name alone needs nothing: paths through it do.
            if import.name == "*" || !self.modules.contains_key(&path) {
                needed.extend(self.defining(&path));
            }
        }
        for Mention { path, within } in &source.mentions {
            if path.len() < 2 {
                continue;
            }
            needed.extend(
                self.absolute(module, within, path, source).and_then(|path| self.defining(&path)),
            );
        }
        needed
    }

    /// A path from the crate's root; nothing when it leads to another crate.
    fn absolute(
        &self,
        module: &Module,
        within: &[String],
        path: &[String],
        source: &Source,
    ) -> Option<Module> {
        let mut base: Module = module.iter().chain(within).cloned().collect();
        let (first, rest) = path.split_first()?;
        match first.as_str() {
            "crate" => return Some(rest.to_vec()),
            "self" => return Some(base.into_iter().chain(rest.to_vec()).collect()),
            "super" => {
                let supers = path.iter().take_while(|part| *part == "super").count();
                base.truncate(base.len().checked_sub(supers)?);
                return Some(base.into_iter().chain(path[supers..].to_vec()).collect());
            }
            _ => {}
        }
        let child: Module = module.iter().cloned().chain([first.clone()]).collect();
        if self.modules.contains_key(&child) {
            return Some(child.into_iter().chain(rest.to_vec()).collect());
        }
        let import = source.imports.iter().find(|import| {
            import.name == *first && import.path.first() != Some(first) && !import.path.is_empty()
        })?;
        if !["crate", "self", "super"].contains(&import.path[0].as_str()) {
            let child: Module = module.iter().cloned().chain([import.path[0].clone()]).collect();
            if !self.modules.contains_key(&child) {
                return None;
            }
        }
        let imported = self.absolute(module, &import.within, &import.path, source)?;
        Some(imported.into_iter().chain(rest.to_vec()).collect())
    }

    /// The module that defines what a path from the root names.
    fn defining(&self, path: &[String]) -> Option<Module> {
        self.defining_within(path, 0)
    }

    fn defining_within(&self, path: &[String], followed: usize) -> Option<Module> {
        let mut depth = 0;
        while depth < path.len() && self.modules.contains_key(&path[..=depth]) {
            depth += 1;
        }
        let module = path[..depth].to_vec();
        let (_, source) = self.modules.get(&module)?;
        let Some(name) = path.get(depth) else { return Some(module) };
        // Re-exports can go round in circles themselves.
        if followed > 16 || source.items.contains(name) {
            return Some(module);
        }
        let import =
            source.imports.iter().find(|import| import.name == *name && import.within.is_empty());
        if let Some(import) = import {
            // What it imports from another crate it has from there.
            let from = self.absolute(&module, &import.within, &import.path, source)?;
            let from: Module = from.into_iter().chain(path[depth + 1..].to_vec()).collect();
            return self.defining_within(&from, followed + 1);
        }
        for glob in source.imports.iter().filter(|import| import.name == "*") {
            let Some(from) = self.absolute(&module, &glob.within, &glob.path, source) else {
                continue;
            };
            let has = |source: &Source| {
                source.items.contains(name)
                    || source.imports.iter().any(|import| import.name == *name)
            };
            if self.modules.get(&from).is_some_and(|(_, source)| has(source)) {
                let from: Module = from.into_iter().chain(path[depth..].to_vec()).collect();
                return self.defining_within(&from, followed + 1);
            }
        }
        Some(module)
    }
}

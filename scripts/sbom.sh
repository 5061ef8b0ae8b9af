#!/usr/bin/env bash
# Writes beside each given artefact what it is made of (CycloneDX), read from the
# artefact itself, and checks it against what Go says. Usage: sbom.sh ARTEFACT...
set -euo pipefail
cd "$(dirname "$0")/.."

tool=$(go -C scripts/sbom tool -n cyclonedx-gomod) || { echo "make sbom needs the modules of scripts/sbom/go.mod, and they could not be fetched" >&2; exit 1; }
version=$(cat VERSION)
for artefact; do
  sbom=${artefact%/*}/sbom.cdx.json
  machine=$(go version -m "$artefact" | sed -n 's/^\tbuild\tGOARCH=//p')
  # The same artefact gives the same file: no serial number, no time.
  GOOS=linux GOARCH=$machine "$tool" bin -json -std -noserial -notimestamp -version "$version" -output "$sbom" "$artefact"
  modules=0
  while read -r module moduleVersion; do
    grep -qF "\"pkg:golang/$module@$moduleVersion?" "$sbom" || { echo "$sbom lacks $module $moduleVersion" >&2; exit 1; }
    modules=$((modules + 1))
  done < <(go version -m "$artefact" | awk '$1 == "dep" {print $2, $3}')
  grep -qF "$(sha256sum "$artefact" | cut -d ' ' -f 1)" "$sbom" || { echo "$sbom is not about $artefact" >&2; exit 1; }
  [ "$modules" -gt 0 ] || { echo "$artefact does not say what it is made of" >&2; exit 1; }
  echo "$sbom: $modules modules and Go's standard library"
done

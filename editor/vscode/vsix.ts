// The two files that make a zip an extension: its description and the types of its files.
import { files, type Manifest } from "./manifest.js";

/** `extension.vsixmanifest`, as `vsce` writes it. */
export function vsixManifest({
  name,
  publisher,
  version,
  displayName,
  description,
  engines,
  ...rest
}: Manifest): string {
  const tags = [...rest.keywords, "snippet", displayName, "__ext_vlmo"].join(",");
  const property = (id: string, value: string): string =>
    `      <Property Id="Microsoft.VisualStudio.${id}" Value="${escaped(value)}" />`;
  const asset = (type: string, path: string): string =>
    `    <Asset Type="Microsoft.VisualStudio.${type}" Path="extension/${path}" Addressable="true" />`;
  return `<?xml version="1.0" encoding="utf-8"?>
<PackageManifest Version="2.0.0" xmlns="http://schemas.microsoft.com/developer/vsx-schema/2011" xmlns:d="http://schemas.microsoft.com/developer/vsx-schema-design/2011">
  <Metadata>
    <Identity Language="en-US" Id="${name}" Version="${version}" Publisher="${publisher}" />
    <DisplayName>${escaped(displayName)}</DisplayName>
    <Description xml:space="preserve">${escaped(description)}</Description>
    <Tags>${escaped(tags)}</Tags>
    <Categories>${escaped(rest.categories.join(","))}</Categories>
    <GalleryFlags>Public</GalleryFlags>
    <Properties>
${property("Code.Engine", engines.vscode)}
${property("Code.ExtensionDependencies", "")}
${property("Code.ExtensionPack", "")}
${property("Code.ExtensionKind", "workspace")}
${property("Code.LocalizedLanguages", "")}
${property("Code.EnabledApiProposals", "")}
${property("Code.ExecutesCode", "true")}
${property("Services.GitHubFlavoredMarkdown", "true")}
${property("Services.Content.Pricing", "Free")}
    </Properties>
    <License>extension/LICENSE.txt</License>
    <Icon>extension/${files.icon}</Icon>
  </Metadata>
  <Installation>
    <InstallationTarget Id="Microsoft.VisualStudio.Code" />
  </Installation>
  <Dependencies />
  <Assets>
${asset("Code.Manifest", "package.json")}
${asset("Services.Content.Details", "README.md")}
${asset("Services.Content.License", "LICENSE.txt")}
${asset("Services.Icons.Default", files.icon)}
  </Assets>
</PackageManifest>
`;
}

const types: Readonly<Record<string, string>> = {
  js: "application/javascript",
  json: "application/json",
  md: "text/markdown",
  png: "image/png",
  svg: "image/svg+xml",
  txt: "text/plain",
  vsixmanifest: "text/xml",
};

/** `[Content_Types].xml` of a zip with these files. Throws for an unknown file type. */
export function contentTypes(names: readonly string[]): string {
  const endings = [...new Set(["vsixmanifest", ...names.map((name) => name.slice(name.lastIndexOf(".") + 1))])].sort();
  const defaults = endings.map((ending) => {
    const type = types[ending];
    if (type === undefined) throw new Error(`no type of .${ending} files`);
    return `<Default Extension=".${ending}" ContentType="${type}" />`;
  });
  return `<?xml version="1.0" encoding="utf-8"?>
<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">${defaults.join("")}</Types>
`;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}

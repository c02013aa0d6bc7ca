import { ThemeColor, ThemeIcon, TreeItem, TreeItemCheckboxState, TreeItemCollapsibleState } from "vscode";
import type { ItemModel } from "./itemModel.ts";

const COLLAPSIBLE = {
  none: TreeItemCollapsibleState.None,
  collapsed: TreeItemCollapsibleState.Collapsed,
  expanded: TreeItemCollapsibleState.Expanded,
} as const;

/** The editor's own item for a row. */
export function toTreeItem(model: ItemModel): TreeItem {
  const { id, color } = model.icon;
  const item = new TreeItem(model.label, COLLAPSIBLE[model.children]);
  item.id = model.id;
  item.iconPath = new ThemeIcon(id, color === undefined ? undefined : new ThemeColor(color));
  item.contextValue = model.contextValue;
  item.tooltip = model.tooltip ?? model.label;
  if (model.description !== undefined) {
    item.description = model.description;
  }
  if (model.accessibilityLabel !== undefined) {
    item.accessibilityInformation = { label: model.accessibilityLabel };
  }
  if (model.command) {
    item.command = { ...model.command, arguments: [...model.command.arguments] };
  }
  if (model.checked !== undefined) {
    item.checkboxState = model.checked ? TreeItemCheckboxState.Checked : TreeItemCheckboxState.Unchecked;
  }
  return item;
}

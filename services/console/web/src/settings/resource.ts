/** What a part of the settings is made of; one frame shows them all. */
import type { TableColumnsType } from "antd";
import type { ComponentType, ReactNode } from "react";
import type { Page, Part } from "../api/pages";
import type { Key } from "../i18n/zh-CN";
import type { Right } from "../session/rights";
import type { Field, Typed } from "../shell/form-dialog";

/** Something done to one of them, after asking, or after what it needs was said. */
export interface Act<T> {
  label: Key;
  right?: Right;
  danger?: boolean;
  isOpen?: (row: T) => boolean;
  fields?: readonly Field[];
  run: (row: T, typed: Typed) => Promise<unknown>;
  done?: (answer: unknown) => string;
}

/** Shown once, after something was made, and never again. */
export interface Secret {
  label: Key;
  value: string;
}

export interface Resource<T extends object> {
  /** First word of its queries: whatever was changed is asked for again by it. */
  name: string;
  title: Key;
  note?: Key;
  keyOf: (row: T) => string;
  titleOf: (row: T) => string;
  read: (part: Part) => Promise<Page<T>>;
  every?: number;
  most?: number;
  columns: () => TableColumnsType<T>;
  facts: (row: T) => readonly (readonly [Key, ReactNode])[];
  /** Below the facts of one. */
  Detail?: ComponentType<{ row: T }>;
  /** Beside the heading. */
  Tools?: ComponentType;
  right?: Right;
  /** The fields of a new one and of a change; a hook, for choices that a service gives. */
  useFields?: () => readonly Field[];
  start?: Typed;
  create?: (typed: Typed) => Promise<Secret | undefined>;
  change?: (row: T, typed: Typed) => Promise<unknown>;
  acts?: readonly Act<T>[];
}

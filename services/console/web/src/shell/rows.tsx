/** All rows of a question in one table. */
import type { UseQueryResult } from "@tanstack/react-query";
import { Table, type TableColumnsType } from "antd";
import type { KeyboardEvent } from "react";
import { Loaded } from "./states";

interface RowsProps<T> {
  query: UseQueryResult<T[]>;
  columns: TableColumnsType<T>;
  rowKey?: (row: T) => string;
  /** Narrower than that the table scrolls by itself. */
  width?: number;
  onOpen?: (row: T) => void;
  rowClass?: (row: T) => string;
}

const PAGE = 50;

export function Rows<T extends object>({ query, columns, rowKey, width = 620, onOpen, rowClass }: RowsProps<T>) {
  return (
    <Loaded query={query} empty={(data) => data.length === 0}>
      {(data) => (
        <Table<T>
          size="small"
          rowKey={rowKey ?? "id"}
          pagination={{ pageSize: PAGE, hideOnSinglePage: true, showSizeChanger: false }}
          scroll={{ x: width }}
          dataSource={data}
          columns={columns}
          rowClassName={(row) => [onOpen ? "is-link" : "", rowClass?.(row) ?? ""].join(" ")}
          {...(onOpen && { onRow: (row: T) => opening(() => onOpen(row)) })}
        />
      )}
    </Loaded>
  );
}

/** A row that opens something does so for a pointer and for the keyboard. */
export function opening(open: () => void) {
  return {
    tabIndex: 0,
    onClick: open,
    onKeyDown: ({ key, target, currentTarget }: KeyboardEvent<HTMLElement>) => {
      // What stands in the row has keys of its own.
      if (key === "Enter" && target === currentTarget) open();
    },
  };
}

/** A list, one of it beside the list, and a dialog to make or change it: the frame of every part of the settings. */
import { useQueryClient } from "@tanstack/react-query";
import { App, Button, Drawer, Input, Modal, Typography } from "antd";
import { useMemo, useState } from "react";
import { useList } from "../api/pages";
import { number } from "../format";
import { useLanguage, useTexts } from "../i18n/language";
import { may } from "../session/rights";
import { useSession } from "../session/session";
import { useAddress } from "../shell/address";
import { FormDialog, type Field } from "../shell/form-dialog";
import { Fact } from "../shell/panel";
import { Rows } from "../shell/rows";
import { sentence } from "../shell/states";
import type { Act, Resource, Secret } from "./resource";

type Doing<T> = { kind: "create" } | { kind: "change"; row: T } | { kind: "act"; row: T; act: Act<T> };

const NO_FIELDS = (): readonly Field[] => [];

export function ResourcePage<T extends object>({ resource }: { resource: Resource<T> }) {
  const t = useTexts();
  const language = useLanguage();
  const { me } = useSession();
  const queries = useQueryClient();
  const [search, setAddress] = useAddress();
  const [doing, setDoing] = useState<Doing<T>>();
  const [secret, setSecret] = useState<Secret>();
  const query = useList<T>(["settings", resource.name], resource.read, { every: resource.every ?? false, most: resource.most ?? 2_000 });
  const words = search.get("text") ?? "";
  const found = useMemo(() => query.data?.filter((row) => matches(resource, row, words)), [query.data, resource, words]);
  const open = query.data?.find((row) => resource.keyOf(row) === search.get("open"));
  const mayChange = !resource.right || may(me, resource.right);
  const useFields = resource.useFields ?? NO_FIELDS;
  const fields = useFields();
  const columns = useMemo(() => {
    void language;
    return resource.columns();
  }, [resource, language]);
  const finish = async () => {
    setDoing(undefined);
    await queries.invalidateQueries({ queryKey: ["settings", resource.name] });
  };
  const { Detail, Tools } = resource;
  return (
    <div className="page">
      <div className="page-head">
        <h1>{t(resource.title)}</h1>
        <span className="page-note" role="status">
          {found && t("settings.count", { n: number(found.length) })}
        </span>
        <div className="acts">
          {Tools && <Tools />}
          {resource.create && mayChange && (
            <Button type="primary" onClick={() => setDoing({ kind: "create" })}>
              {t("action.create")}
            </Button>
          )}
        </div>
      </div>
      <div className="filters">
        <Input.Search
          allowClear
          className="filter-wide"
          aria-label={t("settings.search")}
          placeholder={t("settings.search")}
          defaultValue={words}
          onSearch={(value) => setAddress({ text: value.trim() })}
        />
        {resource.note && <span className="page-note">{t(resource.note)}</span>}
      </div>
      <div className="panel panel-rows">
        <Rows<T>
          query={{ ...query, data: found } as typeof query}
          rowKey={resource.keyOf}
          columns={columns}
          width={720}
          onOpen={(row) => setAddress({ open: resource.keyOf(row) })}
        />
      </div>
      {open && (
        <Drawer
          open
          size={760}
          title={resource.titleOf(open)}
          onClose={() => setAddress({ open: "" })}
          extra={
            <div className="acts flush">
              {resource.acts
                ?.filter((act) => (act.isOpen?.(open) ?? true) && (act.right ? may(me, act.right) : mayChange))
                .map((act) => (
                  <Button key={act.label} danger={act.danger === true} onClick={() => setDoing({ kind: "act", row: open, act })}>
                    {t(act.label)}
                  </Button>
                ))}
              {resource.change && mayChange && (
                <Button type="primary" onClick={() => setDoing({ kind: "change", row: open })}>
                  {t("action.edit")}
                </Button>
              )}
            </div>
          }
        >
          <dl className="facts gap-below">
            {resource.facts(open).map(([name, value]) => (
              <Fact key={name} name={t(name)}>
                {value ?? "–"}
              </Fact>
            ))}
          </dl>
          {Detail && <Detail row={open} />}
        </Drawer>
      )}
      {doing?.kind === "create" && resource.create && (
        <FormDialog
          title={t("settings.create", { what: t(resource.title) })}
          okText={t("action.create")}
          width={680}
          fields={fields}
          {...(resource.start && { start: resource.start })}
          send={async (typed) => setSecret(await resource.create?.(typed))}
          onDone={() => void finish()}
          onClose={() => setDoing(undefined)}
        />
      )}
      {doing?.kind === "change" && (
        <FormDialog
          title={t("settings.change", { what: resource.titleOf(doing.row) })}
          okText={t("action.save")}
          width={680}
          fields={fields}
          before={doing.row}
          send={(typed) => resource.change?.(doing.row, typed) ?? Promise.resolve()}
          onDone={() => void finish()}
          onClose={() => setDoing(undefined)}
        />
      )}
      {doing?.kind === "act" && <ActDialog resource={resource} {...doing} onDone={() => void finish()} onClose={() => setDoing(undefined)} />}
      {secret && <SecretDialog secret={secret} onClose={() => setSecret(undefined)} />}
    </div>
  );
}

interface ActDialogProps<T extends object> {
  resource: Resource<T>;
  row: T;
  act: Act<T>;
  onDone: () => void;
  onClose: () => void;
}

function ActDialog<T extends object>({ resource, row, act, onDone, onClose }: ActDialogProps<T>) {
  const t = useTexts();
  const { message } = App.useApp();
  const [busy, setBusy] = useState(false);
  const title = t("settings.act", { act: t(act.label), what: resource.titleOf(row) });
  if (act.fields) {
    return <FormDialog title={title} okText={t(act.label)} fields={act.fields} send={(typed) => act.run(row, typed)} onDone={onDone} onClose={onClose} />;
  }
  const run = async () => {
    setBusy(true);
    try {
      const answer = await act.run(row, {});
      void message.success(act.done?.(answer) ?? t("settings.done"));
      onDone();
    } catch (error) {
      void message.error(sentence(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <Modal
      open
      title={title}
      okText={t(act.label)}
      okButtonProps={{ danger: act.danger === true }}
      cancelText={t("action.cancel")}
      confirmLoading={busy}
      onOk={() => void run()}
      onCancel={onClose}
    >
      <p>{t("settings.sure")}</p>
    </Modal>
  );
}

function SecretDialog({ secret, onClose }: { secret: Secret; onClose: () => void }) {
  const t = useTexts();
  return (
    <Modal open title={t(secret.label)} footer={<Button onClick={onClose}>{t("settings.kept")}</Button>} onCancel={onClose}>
      <p className="gap-below">{t("settings.once")}</p>
      <Typography.Text copyable code className="secret">
        {secret.value}
      </Typography.Text>
    </Modal>
  );
}

function matches<T extends object>(resource: Resource<T>, row: T, words: string): boolean {
  if (!words) return true;
  const within = [resource.keyOf(row), resource.titleOf(row), ...Object.values(row).filter((value) => typeof value === "string")];
  return within.some((text) => String(text).toLocaleLowerCase().includes(words.toLocaleLowerCase()));
}

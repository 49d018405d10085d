/** What is one's own: the account, its password, where it is signed in, its second factor. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { App, Button, Popconfirm } from "antd";
import { useState } from "react";
import { ok, Problem, projects, type Projects } from "../api/client";
import { useList } from "../api/pages";
import { useRegions } from "../api/regions";
import { instant } from "../format";
import { term, text, useLanguage, useTexts } from "../i18n/language";
import { session, useSession } from "../session/session";
import { FormDialog, type Field } from "../shell/form-dialog";
import { Mark } from "../shell/mark";
import { Fact, Panel } from "../shell/panel";
import { Loaded, sentence } from "../shell/states";
import { SecondFactorDialog } from "./second-factor-dialog";

type SignIn = Projects["schemas"]["SessionRead"];

const PASSWORDS: readonly Field[] = [
  { path: ["password"], label: "own.password", kind: "password", required: true },
  { path: ["new_password"], label: "own.newPassword", kind: "password", required: true },
  { path: ["again"], label: "own.again", kind: "password", required: true },
];

export default function OwnPage() {
  const t = useTexts();
  useLanguage();
  const { me, username } = useSession();
  const regions = useRegions();
  const [doing, setDoing] = useState<"password" | "factor">();
  return (
    <div className="page page-narrow">
      <div className="page-head">
        <h1>{t("own.title")}</h1>
      </div>
      <Panel id="own-account" title={t("own.account")}>
        <dl className="facts">
          <Fact name={t("session.username")}>{username}</Fact>
          <Fact name={t("own.role")}>{term("role", me?.role)}</Fact>
          <Fact name={t("alerts.region")}>{me?.region_code ? regions.name(me.region_code) : t("shell.everywhere")}</Fact>
        </dl>
        <div className="acts gap-above">
          <Button onClick={() => setDoing("password")}>{t("own.changePassword")}</Button>
          <Button onClick={() => setDoing("factor")}>{t("own.factor")}</Button>
        </div>
        <p className="muted-words">{t("own.factorWords")}</p>
      </Panel>
      <SignIns />
      <OwnLinks />
      {doing === "password" && <PasswordDialog onClose={() => setDoing(undefined)} />}
      {doing === "factor" && <SecondFactorDialog onClose={() => setDoing(undefined)} />}
    </div>
  );
}

function PasswordDialog({ onClose }: { onClose: () => void }) {
  const t = useTexts();
  return (
    <FormDialog
      title={t("own.changePassword")}
      okText={t("own.changePassword")}
      fields={PASSWORDS}
      done={t("own.passwordChanged")}
      send={({ password, new_password, again }) => {
        if (new_password !== again) throw new Problem(422, "", "", "", [{ pointer: "/again", message: t("own.notTheSame") }]);
        return ok(projects.POST("/v1/me/password", { body: { password: String(password), new_password: String(new_password) } }));
      }}
      // All sign-ins have ended, this one too.
      onDone={() => session.signOut()}
      onClose={onClose}
    />
  );
}

function SignIns() {
  const t = useTexts();
  const queries = useQueryClient();
  const { message } = App.useApp();
  const signIns = useList<SignIn>(["own", "sign-ins"], (part) => ok(projects.GET("/v1/me/sessions", { params: { query: { ...part, sort: "-began_at" } } })), { most: 200 });
  const present = sessionOf(session.token());
  const end = async (one: SignIn) => {
    if (one.id === present) return session.signOut();
    try {
      await ok(projects.DELETE("/v1/sessions/{session_id}", { params: { path: { session_id: one.id } } }));
    } catch (error) {
      void message.error(sentence(error));
    }
    await queries.invalidateQueries({ queryKey: ["own"] });
  };
  return (
    <Panel id="own-sign-ins" title={t("own.signIns")}>
      <Loaded query={signIns} empty={(data) => data.length === 0}>
        {(data) => (
          <ul className="cards">
            {data.map((it) => (
              <li key={it.id} className="card-row">
                <div>
                  <span>
                    {it.id === present && <Mark tone="success">{t("own.thisOne")}</Mark>}
                    {it.ended_at && <Mark>{t("own.ended")}</Mark>}
                    <span title={it.client}>{clientOf(it.client)}</span>
                  </span>
                  <small>{t("own.times", { began: instant(it.began_at), renewed: instant(it.renewed_at) })}</small>
                </div>
                {!it.ended_at && (
                  <Popconfirm title={t("own.endSure")} okText={t("own.end")} cancelText={t("action.cancel")} onConfirm={() => end(it)}>
                    <Button>{t("own.end")}</Button>
                  </Popconfirm>
                )}
              </li>
            ))}
          </ul>
        )}
      </Loaded>
    </Panel>
  );
}

/** By which platforms one is signed in; shown where there is any. */
function OwnLinks() {
  const t = useTexts();
  const queries = useQueryClient();
  const { message } = App.useApp();
  const links = useList<Projects["schemas"]["LinkRead"]>(["own", "links"], (part) => ok(projects.GET("/v1/me/linked-identities", { params: { query: part } })), { most: 200 });
  const offered = useQuery({
    queryKey: ["own", "platforms"],
    enabled: (links.data?.length ?? 0) > 0,
    queryFn: async () => (await ok(projects.GET("/v1/sign-in-platforms/offered"))).items,
  });
  if (!links.data?.length) return null;
  const names = new Map(offered.data?.map((it) => [it.id, it.name]));
  const end = async (id: string) => {
    try {
      await ok(projects.DELETE("/v1/me/linked-identities/{link_id}", { params: { path: { link_id: id } } }));
    } catch (error) {
      void message.error(sentence(error));
    }
    await queries.invalidateQueries({ queryKey: ["own"] });
  };
  return (
    <Panel id="own-links" title={t("own.links")}>
      <ul className="cards">
        {links.data.map((it) => (
          <li key={it.id} className="card-row">
            <div>
              <span>{names.get(it.platform_id) ?? t("links.platform")}</span>
              <small>{`${it.user_id} · ${instant(it.linked_at)}`}</small>
            </div>
            <Popconfirm title={t("own.unlinkSure")} okText={t("links.away")} cancelText={t("action.cancel")} onConfirm={() => end(it.id)}>
              <Button>{t("links.away")}</Button>
            </Popconfirm>
          </li>
        ))}
      </ul>
    </Panel>
  );
}

/** Programs and systems by what they say they are, the narrower ones first: all say that they are Mozilla. */
const PROGRAMS: readonly [RegExp, string][] = [
  [/wxwork/i, "企业微信"],
  [/DingTalk/i, "钉钉"],
  [/MicroMessenger/i, "微信"],
  [/Edg(e|A|iOS)?\//, "Edge"],
  [/Firefox\/|FxiOS\//, "Firefox"],
  [/Chrome\/|CriOS\//, "Chrome"],
  [/Safari\//, "Safari"],
];
const SYSTEMS: readonly [RegExp, string][] = [
  [/HarmonyOS|OpenHarmony/i, "HarmonyOS"],
  [/Android/, "Android"],
  [/iPhone|iPad/, "iOS"],
  [/Windows/, "Windows"],
  [/Mac OS X/, "macOS"],
  [/Linux/, "Linux"],
];

function clientOf(said: string): string {
  const first = (known: readonly [RegExp, string][]) => known.find(([mark]) => mark.test(said))?.[1];
  const [program, system] = [first(PROGRAMS), first(SYSTEMS)];
  return program && system ? text("own.clientOf", { program, system }) : said || "–";
}

/** The sign-in that a token belongs to. */
export function sessionOf(token: string | undefined): string | undefined {
  const part = token?.split(".")[1];
  if (!part) return undefined;
  return (JSON.parse(atob(part.replaceAll("-", "+").replaceAll("_", "/"))) as { sid?: string }).sid;
}

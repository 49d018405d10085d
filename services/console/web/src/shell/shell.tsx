/** The frame of every page: menu, head, and below them the page. */
import {
  AccountBookOutlined,
  AlertOutlined,
  BulbOutlined,
  CheckSquareOutlined,
  CoffeeOutlined,
  DashboardOutlined,
  HomeOutlined,
  ProjectOutlined,
  SettingOutlined,
  ThunderboltOutlined,
  TranslationOutlined,
  UserOutlined,
} from "@ant-design/icons";
import { useQueryClient } from "@tanstack/react-query";
import { App, Badge, Button, Dropdown, Tooltip } from "antd";
import { useEffect, type ReactNode } from "react";
import { NavLink, useLocation, useNavigate, useSearchParams } from "react-router";
import { useStreamState, useAlertStream } from "../alerts/live";
import { Problem } from "../api/client";
import { useRegions } from "../api/regions";
import { AwayKeeper, chooseAway, useAwayChoice } from "../away/keeper";
import { instant } from "../format";
import { chooseLanguage, term, useLanguage, useTexts } from "../i18n/language";
import type { Key } from "../i18n/zh-CN";
import { may, type Right } from "../session/rights";
import { PushKeeper } from "../push/keeper";
import { canPush, silence, turnOff, turnOn, usePush } from "../push/push";
import { session, useSession } from "../session/session";
import { ExpiryNotice } from "../session/ending";
import { OutboxBanner } from "../outbox/panel";
import { PageBoundary } from "./boundary";
import { AlertCalls, toggleCall, useCalls, type Call } from "./calls";
import { NewerNotice, NewerOnWall } from "./newer";
import { useNarrow, useOnline } from "./online";
import { chooseAppearance, useDark } from "./appearance";

interface Entry {
  to: string;
  icon: ReactNode;
  label: Key;
  right?: Right;
  /** Not for a thumb: on a phone it stands with the account. */
  desk?: boolean;
}

const MENU: readonly Entry[] = [
  { to: "/portal", icon: <HomeOutlined />, label: "menu.portal", right: "seePortal" },
  { to: "/today", icon: <CoffeeOutlined />, label: "menu.today", right: "seeToday" },
  { to: "/situation", icon: <DashboardOutlined />, label: "menu.situation", right: "seeSituation" },
  { to: "/alerts", icon: <AlertOutlined />, label: "menu.alerts", right: "seeAlerts" },
  { to: "/projects", icon: <ProjectOutlined />, label: "menu.projects", right: "seeProjects" },
  { to: "/energy", icon: <ThunderboltOutlined />, label: "menu.energy", right: "seeEnergy" },
  { to: "/year", icon: <AccountBookOutlined />, label: "menu.year", right: "seeYear", desk: true },
  { to: "/tasks", icon: <CheckSquareOutlined />, label: "menu.tasks", right: "seeAlerts" },
  { to: "/settings", icon: <SettingOutlined />, label: "menu.settings", right: "seeSettings", desk: true },
];

const CALLS: readonly Call[] = ["sound", "desktop"];

export function Shell({ children }: { children: ReactNode }) {
  const t = useTexts();
  const { me } = useSession();
  const [search] = useSearchParams();
  const { pathname } = useLocation();
  useAlertStream();
  usePageTitle(pathname);
  const entries = MENU.filter((entry) => !entry.right || may(me, entry.right));
  if (search.has("screen"))
    return (
      <main className="wall">
        <NewerOnWall />
        {children}
      </main>
    );
  return (
    <div className="shell">
      <a className="skip-link" href="#content">
        {t("shell.skip")}
      </a>
      <header className="shell-head">
        <NavLink to="/" className="brand">
          <img src="/icon.svg" alt="" width={26} height={26} />
          <span>{t("shell.name")}</span>
        </NavLink>
        <nav className="shell-menu" aria-label={t("shell.menu")}>
          {entries.map((entry) => (
            <NavLink key={entry.to} to={entry.to} className={entry.desk ? "wide-only" : ""}>
              {entry.icon}
              <span>{t(entry.label)}</span>
            </NavLink>
          ))}
        </nav>
        <HeadTools />
      </header>
      <AlertCalls />
      <PushKeeper />
      <AwayKeeper />
      <ExpiryNotice />
      <Connection />
      <NewerNotice />
      <OutboxBanner />
      <main id="content" className="shell-content" tabIndex={-1}>
        <PageBoundary>{children}</PageBoundary>
      </main>
    </div>
  );
}

function usePageTitle(pathname: string): void {
  const t = useTexts();
  useEffect(() => {
    const entry = MENU.find((it) => pathname.startsWith(it.to));
    document.title = entry ? `${t(entry.label)} · ${t("shell.name")}` : t("shell.name");
  }, [pathname, t]);
}

function HeadTools() {
  const t = useTexts();
  const language = useLanguage();
  const dark = useDark();
  const queries = useQueryClient();
  const { username, me } = useSession();
  const regions = useRegions();
  const other = language === "en" ? "zh-CN" : "en";
  const { message } = App.useApp();
  const navigate = useNavigate();
  const narrow = useNarrow();
  const calls = useCalls();
  const pushes = usePush();
  const away = useAwayChoice();
  const switchLanguage = async () => {
    try {
      await chooseLanguage(other);
    } catch {
      // Its texts are a file of this build, which is not there any more, or not reached.
      void message.warning(t(navigator.onLine ? "state.pageNewer" : "state.pageOffline"));
      return;
    }
    // Some texts are written by the services.
    await queries.invalidateQueries();
  };
  const toggle = async (call: Call) => {
    if (!(await toggleCall(call))) void message.warning(t("calls.refused"));
  };
  const togglePush = async () => {
    try {
      const refusal = pushes ? await turnOff() : await turnOn();
      if (refusal) void message.warning(t(refusal === "denied" ? "calls.refused" : "calls.noPush"));
    } catch (error) {
      void message.error(error instanceof Problem ? error.message : t("session.unreachable"));
    }
  };
  const place = me?.region_code ? regions.name(me.region_code) : t("shell.everywhere");
  return (
    <div className="shell-tools">
      {may(me, "seeAlerts") && <StreamMark />}
      <Tooltip title={t(dark ? "shell.light" : "shell.dark")}>
        <Button
          type="text"
          icon={<BulbOutlined />}
          aria-label={t(dark ? "shell.light" : "shell.dark")}
          onClick={() => chooseAppearance(dark ? "light" : "dark")}
        />
      </Tooltip>
      <Button type="text" icon={<TranslationOutlined />} lang={other} onClick={() => void switchLanguage()}>
        <span className="wide-only">{other === "en" ? "English" : "中文"}</span>
        <span className="narrow-only">{other === "en" ? "EN" : "中"}</span>
      </Button>
      <Dropdown
        trigger={["click"]}
        menu={{
          items: [
            { key: "who", label: `${term("role", me?.role)} · ${place}`, disabled: true },
            ...(narrow ? MENU.filter((it) => it.desk && (!it.right || may(me, it.right))) : []).map((it) => ({
              key: it.to,
              icon: it.icon,
              label: t(it.label),
              onClick: () => void navigate(it.to),
            })),
            ...CALLS.map((call) => ({
              key: call,
              label: t(calls.has(call) ? `calls.${call}Off` : `calls.${call}`),
              onClick: () => void toggle(call),
            })),
            ...(canPush() ? [{ key: "push", label: t(pushes ? "calls.pushOff" : "calls.push"), onClick: () => void togglePush() }] : []),
            { key: "away", label: t(away ? "calls.awayOff" : "calls.away"), onClick: () => void chooseAway(!away) },
            { key: "own", label: t("own.title"), onClick: () => void navigate("/me") },
            { key: "out", label: t("session.signOut"), onClick: () => void silence().then(() => session.signOut()) },
          ],
        }}
      >
        <Button type="text" icon={<UserOutlined />} aria-label={t("shell.account", { name: username })}>
          <span className="wide-only">{username}</span>
        </Button>
      </Dropdown>
    </div>
  );
}

function StreamMark() {
  const t = useTexts();
  const state = useStreamState();
  return (
    <span className="stream-mark" role="status">
      <Badge
        status={state === "live" ? "success" : "warning"}
        text={<span className="wide-only">{t(state === "live" ? "stream.live" : "stream.waiting")}</span>}
      />
    </span>
  );
}

function Connection() {
  const t = useTexts();
  const online = useOnline();
  const { phase, keptAt } = useSession();
  if (phase !== "away" && online) return null;
  return (
    <div className="banner" role="alert">
      {phase === "away" ? t("shell.away", { at: instant(keptAt) }) : t("shell.offline")}
    </div>
  );
}

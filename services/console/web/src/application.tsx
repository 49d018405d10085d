/** What everything stands in once somebody is signed in: language, look, data, addresses, and the session over all. */
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { App as AntApp, ConfigProvider, Spin } from "antd";
import dayjs from "dayjs";
import { lazy, Suspense, useEffect, type ComponentType, type ReactNode } from "react";
import { BrowserRouter, Navigate, Route, Routes } from "react-router";
import { Problem } from "./api/client";
import { useKeptAnswers } from "./away/keeper";
import { useComponentTexts } from "./i18n/components";
import { useLanguage } from "./i18n/language";
import { pageNonce } from "./policy";
import { SignInAgain } from "./session/ending";
import { may, type Right } from "./session/rights";
import { useSession } from "./session/session";
import { useNarrow } from "./shell/online";
import { useTheme } from "./shell/theme";
import { Shell } from "./shell/shell";
import { NotFoundPage } from "./shell/states";

/** Pages of one file that are shown by its names. */
function parts<T extends Record<string, ComponentType>>(file: () => Promise<T>, name: keyof T & string) {
  return lazy(async () => ({ default: (await file())[name] as ComponentType }));
}

const TodayPage = lazy(() => import("./leader/today-page"));
const InstructionsPage = lazy(() => import("./leader/instructions-page"));
const InstructionPage = lazy(() => import("./leader/instruction-page"));
const OwnPage = lazy(() => import("./own/page"));
const SituationPage = lazy(() => import("./situation/page"));
const AlertsPage = lazy(() => import("./alerts/page"));
const AlertPage = lazy(() => import("./alerts/one-page"));
const HandoversPage = lazy(() => import("./handovers/list-page"));
const NewHandoverPage = lazy(() => import("./handovers/new-page"));
const HandoverPage = lazy(() => import("./handovers/one-page"));
const TasksPage = lazy(() => import("./tasks/page"));

const ProjectsSection = lazy(() => import("./projects/section"));
const ProjectsPage = lazy(() => import("./projects/page"));
const ProjectPage = lazy(() => import("./projects/one-page"));
const BoardPage = lazy(() => import("./projects/board-page"));
const GanttPage = lazy(() => import("./projects/gantt-page"));
const MapPage = lazy(() => import("./projects/map-page"));
const ComparisonPage = lazy(() => import("./projects/comparison-page"));
const ImportPage = lazy(() => import("./projects/import-page"));

const EnergySection = lazy(() => import("./energy/section"));
const CurvePage = lazy(() => import("./energy/page"));
const MetersPage = lazy(() => import("./energy/meters-page"));
const GridPage = lazy(() => import("./energy/grid-page"));
const OrderlyUsePage = lazy(() => import("./energy/orderly-page"));
const PlanPage = lazy(() => import("./energy/plan-page"));
const ActivationPage = lazy(() => import("./energy/activation-page"));
const GenerationPage = lazy(() => import("./energy/generation-page"));
const BenchmarksPage = lazy(() => import("./energy/benchmarks-page"));

const YearSection = lazy(() => import("./year/section"));
const EconomyPage = lazy(() => import("./year/economy-page"));
const TargetsPage = lazy(() => import("./year/targets-page"));
const ContestPage = lazy(() => import("./year/contest-page"));
const BulletinsPage = lazy(() => import("./year/bulletins-page"));
const BulletinPage = lazy(() => import("./year/bulletin-page"));
const SupportPage = lazy(() => import("./year/support-page"));
const ListsPage = lazy(() => import("./year/lists-page"));

const PortalSection = lazy(() => import("./portal/section"));
const PortalPage = lazy(() => import("./portal/page"));
const ReportsPage = lazy(() => import("./portal/reports-page"));
const ReportPage = lazy(() => import("./portal/report-page"));
const OwnOrdersPage = lazy(() => import("./portal/orders-page"));
const AppealsPage = lazy(() => import("./portal/appeals-page"));
const ownFund = () => import("./funds/own-page");
const OwnFundsPage = lazy(() => import("./funds/own-list-page"));
const OwnFundPage = parts(ownFund, "default");
const NewFundPage = parts(ownFund, "NewFundPage");

const SettingsSection = lazy(() => import("./settings/section"));
const RulesPage = lazy(() => import("./settings/rules"));
const PoliciesPage = lazy(() => import("./settings/policies"));
const RoutesPage = lazy(() => import("./settings/routes"));
const feeds = () => import("./settings/feeds");
const people = () => import("./settings/people");
const records = () => import("./settings/records");
const FeedsPage = parts(feeds, "FeedsPage");
const ReceiptsPage = parts(feeds, "ReceiptsPage");
const QuarantinePage = parts(feeds, "QuarantinePage");
const PeoplePage = parts(people, "PeoplePage");
const AccountsPage = parts(people, "AccountsPage");
const KeysPage = parts(people, "KeysPage");
const WebhooksPage = parts(people, "WebhooksPage");
const CalendarPage = parts(records, "CalendarPage");
const DeadLettersPage = parts(records, "DeadLettersPage");
const AuditPage = parts(records, "AuditPage");
const SetAsidePage = lazy(() => import("./settings/set-aside"));
const AuditRecordsPage = lazy(() => import("./settings/audit-records"));
const RegionsPage = parts(() => import("./settings/regions"), "RegionsPage");
const platforms = () => import("./settings/platforms");
const PlatformsPage = parts(platforms, "PlatformsPage");
const LinksPage = parts(platforms, "LinksPage");

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 15_000,
      // A refusal stays one; who does not answer may do so in a moment.
      retry: (failures, error) => !(error instanceof Problem) && failures < 2,
      refetchOnWindowFocus: false,
      // Without a network a question fails and says so, where it would otherwise wait without a word.
      networkMode: "always",
      refetchOnReconnect: true,
    },
    mutations: { networkMode: "always" },
  },
});

export default function Application() {
  const language = useLanguage();
  const theme = useTheme();
  const locale = useComponentTexts(language);
  // Who signs in next must not find what the one before had open.
  useEffect(() => () => queries.clear(), []);
  const hasKept = useKeptAnswers(queries);
  if (!locale || !hasKept) return <div className="waiting" aria-busy />;
  dayjs.locale(language === "en" ? "en" : "zh-cn");
  return (
    <ConfigProvider locale={locale} theme={theme} csp={{ nonce: pageNonce() }} button={{ autoInsertSpace: false }}>
      <AntApp>
        <QueryClientProvider client={queries}>
          <Pages />
        </QueryClientProvider>
      </AntApp>
    </ConfigProvider>
  );
}

/** A lock covers what stays as it was. */
function Pages() {
  const { phase } = useSession();
  return (
    <BrowserRouter>
      <div inert={phase === "locked"} className={phase === "locked" ? "behind-lock" : undefined}>
        <Shell>
          <Suspense fallback={<Spin className="page-spin" size="large" />}>
            <Routes>
              <Route path="/" element={<Home />} />
              <Route path="/today" element={<Guarded right="seeToday" page={<TodayPage />} />} />
              <Route path="/situation" element={<Guarded right="seeSituation" page={<SituationPage />} />} />
              <Route path="/alerts" element={<Guarded right="seeAlerts" page={<AlertsPage />} />} />
              <Route path="/alerts/:id" element={<Guarded right="seeAlerts" page={<AlertPage />} />} />
              <Route path="/alerts/handovers" element={<Guarded right="seeAlertStory" page={<HandoversPage />} />} />
              <Route path="/alerts/handovers/new" element={<Guarded right="handleAlerts" page={<NewHandoverPage />} />} />
              <Route path="/alerts/handovers/:id" element={<Guarded right="seeAlertStory" page={<HandoverPage />} />} />
              <Route path="/projects" element={<Guarded right="seeProjects" page={<ProjectsSection />} />}>
                <Route index element={<ProjectsPage />} />
                <Route path="board" element={<Guarded right="seeAllProjects" page={<BoardPage />} />} />
                <Route path="gantt" element={<Guarded right="seeAllProjects" page={<GanttPage />} />} />
                <Route path="map" element={<Guarded right="seeAllProjects" page={<MapPage />} />} />
                <Route path="comparison" element={<Guarded right="seeAllProjects" page={<ComparisonPage />} />} />
                <Route path="instructions" element={<Guarded right="seeAllProjects" page={<InstructionsPage />} />} />
                <Route path="instructions/:id" element={<Guarded right="seeAllProjects" page={<InstructionPage />} />} />
                <Route path="import" element={<Guarded right="editProjects" page={<ImportPage />} />} />
              </Route>
              <Route path="/projects/:id" element={<Guarded right="seeProjects" page={<ProjectPage />} />} />
              <Route path="/energy" element={<Guarded right="seeEnergy" page={<EnergySection />} />}>
                <Route index element={<CurvePage />} />
                <Route path="meters" element={<MetersPage />} />
                <Route path="grid" element={<Guarded right="seeGrid" page={<GridPage />} />} />
                <Route path="orderly-use" element={<Guarded right="seeGrid" page={<OrderlyUsePage />} />} />
                <Route path="orderly-use/:id" element={<Guarded right="seeGrid" page={<PlanPage />} />} />
                <Route path="orderly-use/activations/:id" element={<Guarded right="seeGrid" page={<ActivationPage />} />} />
                <Route path="generation" element={<Guarded right="seeGrid" page={<GenerationPage />} />} />
                <Route path="benchmarks" element={<Guarded right="seeGrid" page={<BenchmarksPage />} />} />
              </Route>
              <Route path="/year" element={<Guarded right="seeYear" page={<YearSection />} />}>
                <Route index element={<Navigate replace to="/year/economy" />} />
                <Route path="economy" element={<EconomyPage />} />
                <Route path="targets" element={<TargetsPage />} />
                <Route path="contest" element={<ContestPage />} />
                <Route path="support" element={<SupportPage />} />
                <Route path="bulletins" element={<BulletinsPage />} />
                <Route path="bulletins/:id" element={<BulletinPage />} />
                <Route path="lists" element={<ListsPage />} />
              </Route>
              <Route path="/portal" element={<Guarded right="seePortal" page={<PortalSection />} />}>
                <Route index element={<PortalPage />} />
                <Route path="reports" element={<ReportsPage />} />
                <Route path="reports/:id" element={<ReportPage />} />
                <Route path="orders" element={<OwnOrdersPage />} />
                <Route path="appeals" element={<AppealsPage />} />
                <Route path="support" element={<OwnFundsPage />} />
                <Route path="support/new" element={<NewFundPage />} />
                <Route path="support/:id" element={<OwnFundPage />} />
              </Route>
              <Route path="/settings" element={<Guarded right="seeSettings" page={<SettingsSection />} />}>
                <Route index element={<SettingsHome />} />
                <Route path="rules" element={<Guarded right="seeAlertStory" page={<RulesPage />} />} />
                <Route path="policies" element={<Guarded right="seeAlertStory" page={<PoliciesPage />} />} />
                <Route path="routes" element={<Guarded right="seeAlertStory" page={<RoutesPage />} />} />
                <Route path="feeds" element={<Guarded right="seeFeeds" page={<FeedsPage />} />} />
                <Route path="receipts" element={<Guarded right="seeFeeds" page={<ReceiptsPage />} />} />
                <Route path="quarantine" element={<Guarded right="seeFeeds" page={<QuarantinePage />} />} />
                <Route path="dead-letters" element={<Guarded right="mendDeliveries" page={<DeadLettersPage />} />} />
                <Route path="events" element={<Guarded right="seeSetAside" page={<SetAsidePage />} />} />
                <Route path="people" element={<Guarded right="seeAlertStory" page={<PeoplePage />} />} />
                <Route path="accounts" element={<Guarded right="manageAccess" page={<AccountsPage />} />} />
                <Route path="keys" element={<Guarded right="manageAccess" page={<KeysPage />} />} />
                <Route path="webhooks" element={<Guarded right="seeWebhooks" page={<WebhooksPage />} />} />
                <Route path="calendar" element={<Guarded right="seeAlertStory" page={<CalendarPage />} />} />
                <Route path="audit" element={<Guarded right="seeAlertStory" page={<AuditPage />} />} />
                <Route path="regions" element={<Guarded right="seeAlertStory" page={<RegionsPage />} />} />
                <Route path="records" element={<Guarded right="seeAudit" page={<AuditRecordsPage />} />} />
                <Route path="platforms" element={<Guarded right="administer" page={<PlatformsPage />} />} />
                <Route path="links" element={<Guarded right="administer" page={<LinksPage />} />} />
              </Route>
              <Route path="/tasks" element={<Guarded right="seeAlerts" page={<TasksPage />} />} />
              <Route path="/me" element={<OwnPage />} />
              <Route path="*" element={<NotFoundPage />} />
            </Routes>
          </Suspense>
        </Shell>
      </div>
      {phase === "locked" && <SignInAgain />}
    </BrowserRouter>
  );
}

/** Where somebody begins: an enterprise with its own, a leader with the day, an inspector on the road with the tasks. */
function Home() {
  const { me, phase } = useSession();
  const narrow = useNarrow();
  if (phase === "away") return <Navigate replace to="/tasks" />;
  if (may(me, "seePortal")) return <Navigate replace to="/portal" />;
  if (me?.role === "security") return <Navigate replace to="/settings/accounts" />;
  if (me?.role === "leader") return <Navigate replace to="/today" />;
  return <Navigate replace to={may(me, "seeSituation") && !(narrow && me?.role === "officer") ? "/situation" : "/tasks"} />;
}

/** Who keeps accounts has nothing to do with rules. */
function SettingsHome() {
  const { me } = useSession();
  return <Navigate replace to={may(me, "seeAlertStory") ? "/settings/rules" : "/settings/accounts"} />;
}

function Guarded({ right, page }: { right: Right; page: ReactNode }) {
  const { me } = useSession();
  return may(me, right) ? page : <NotFoundPage />;
}

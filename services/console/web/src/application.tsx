/** What everything stands in: language, look, data, addresses, and the session over all. */
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { App as AntApp, ConfigProvider, Spin } from "antd";
import enUS from "antd/locale/en_US";
import zhCN from "antd/locale/zh_CN";
import dayjs from "dayjs";
import "dayjs/locale/zh-cn";
import { lazy, Suspense, type ReactNode } from "react";
import { BrowserRouter, Navigate, Route, Routes } from "react-router";
import { Problem } from "./api/client";
import { useLanguage } from "./i18n/language";
import { pageNonce } from "./policy";
import { may, type Right } from "./session/rights";
import { useSession } from "./session/session";
import { SignInAgain, SignInPage } from "./session/sign-in";
import { useTheme } from "./shell/theme";
import { Shell } from "./shell/shell";
import { NotFoundPage } from "./shell/states";

const SituationPage = lazy(() => import("./situation/page"));
const AlertsPage = lazy(() => import("./alerts/page"));
const AlertPage = lazy(() => import("./alerts/one-page"));
const ProjectsPage = lazy(() => import("./projects/page"));
const ProjectPage = lazy(() => import("./projects/one-page"));
const EnergyPage = lazy(() => import("./energy/page"));
const TasksPage = lazy(() => import("./tasks/page"));

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 15_000,
      // A refusal stays one; who does not answer may do so in a moment.
      retry: (failures, error) => !(error instanceof Problem) && failures < 2,
      refetchOnWindowFocus: false,
    },
  },
});

export function Application() {
  const language = useLanguage();
  const theme = useTheme();
  dayjs.locale(language === "en" ? "en" : "zh-cn");
  return (
    <ConfigProvider
      locale={language === "en" ? enUS : zhCN}
      theme={theme}
      csp={{ nonce: pageNonce() }}
      button={{ autoInsertSpace: false }}
    >
      <AntApp>
        <QueryClientProvider client={queries}>
          <Door />
        </QueryClientProvider>
      </AntApp>
    </ConfigProvider>
  );
}

/** Nothing of the system is shown before somebody is signed in; a lock covers what stays as it was. */
function Door() {
  const { phase, me } = useSession();
  if (phase === "out" || phase === "starting" || !me) {
    queries.clear();
    return <SignInPage />;
  }
  return (
    <BrowserRouter>
      <div inert={phase === "locked"} className={phase === "locked" ? "behind-lock" : undefined}>
        <Shell>
          <Suspense fallback={<Spin className="page-spin" size="large" />}>
            <Routes>
              <Route path="/" element={<Navigate replace to={may(me, "seeSituation") ? "/situation" : "/tasks"} />} />
              <Route path="/situation" element={<Guarded right="seeSituation" page={<SituationPage />} />} />
              <Route path="/alerts" element={<AlertsPage />} />
              <Route path="/alerts/:id" element={<AlertPage />} />
              <Route path="/projects" element={<Guarded right="seeProjects" page={<ProjectsPage />} />} />
              <Route path="/projects/:id" element={<Guarded right="seeProjects" page={<ProjectPage />} />} />
              <Route path="/energy" element={<Guarded right="seeEnergy" page={<EnergyPage />} />} />
              <Route path="/tasks" element={<TasksPage />} />
              <Route path="*" element={<NotFoundPage />} />
            </Routes>
          </Suspense>
        </Shell>
      </div>
      {phase === "locked" && <SignInAgain />}
    </BrowserRouter>
  );
}

function Guarded({ right, page }: { right: Right; page: ReactNode }) {
  const { me } = useSession();
  return may(me, right) ? page : <NotFoundPage />;
}

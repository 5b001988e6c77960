import type { IncomingMessage } from 'node:http';
import { describeError, SondeError } from '../../errors/sonde-error.ts';
import type { FlowView } from '../../model/flow-view.ts';
import type { Frame } from '../../model/frame.ts';
import type { FrameSource, SourceStatus } from '../../model/frame-source.ts';
import { parseFlowView } from './flow-wire.ts';
import { createLineReader } from './line-reader.ts';
import { controlSocketPath, DOCTOR_PATH, FLOWS_PATH, HEALTH_PATH, LIVE_PATH } from './paths.ts';
import { get, readJson } from './request.ts';
import { parseLiveLine } from './wire.ts';

/** A running agent, seen through its control socket. */
export interface ControlClient {
  health(): Promise<Record<string, unknown>>;
  /** The agent's part of `sonde doctor`. */
  doctor(): Promise<Record<string, unknown>>;
  flows(): Promise<FlowView>;
  /** Live frames; connects again by itself while the agent restarts. */
  openFrames(): RemoteFrames;
}

export interface RemoteFrames extends FrameSource {
  /** Frames this reader was too slow for, as the agent counted them. */
  skippedFrames(): number;
  close(): void;
}

const ANSWER_TIMEOUT_MS = 3000;
/** `doctor` may ask runtimes and the endpoint, each with a time limit of its own. */
const DOCTOR_TIMEOUT_MS = 15_000;
const RECONNECT_MS = 1000;
/** 2,000 containers with all their details are about 8 MiB. */
const LINE_LIMIT_BYTES = 64 * 1024 * 1024;

/** Throws SND_AGT_NOT_RUNNING when no agent serves this data directory. */
export async function connectControl(dataDir: string): Promise<ControlClient> {
  const socketPath = controlSocketPath(dataDir);
  const fetchJson = async (path: string, timeoutMs: number) => readJson(await get(socketPath, path, timeoutMs));
  await fetchJson(HEALTH_PATH, ANSWER_TIMEOUT_MS);
  return {
    health: () => fetchJson(HEALTH_PATH, ANSWER_TIMEOUT_MS),
    doctor: () => fetchJson(DOCTOR_PATH, DOCTOR_TIMEOUT_MS),
    flows: () => readFlows(socketPath),
    openFrames: () => openFrames(socketPath),
  };
}

function openFrames(socketPath: string): RemoteFrames {
  const callbacks = new Set<(frame: Frame) => void>();
  const closing = new AbortController();
  let status: SourceStatus | undefined;
  let outage: string | undefined;
  let skippedFrames = 0;
  let timer: NodeJS.Timeout | undefined;

  const onLine = (text: string) => {
    const line = parseLiveLine(text);
    if (!line) {
      outage = describeError(
        new SondeError('SND_AGT_CONTROL_ANSWER', `${JSON.stringify(text.slice(0, 40))} is no frame`),
      );
      return;
    }
    outage = undefined;
    status = line.status;
    skippedFrames = line.skippedFrames;
    for (const callback of callbacks) callback(line.frame);
  };
  const onTooLong = () => {
    outage = describeError(new SondeError('SND_AGT_CONTROL_ANSWER', `a frame is over ${LINE_LIMIT_BYTES} bytes`));
  };
  const connect = async () => {
    try {
      const response = await get(socketPath, LIVE_PATH, ANSWER_TIMEOUT_MS, closing.signal);
      if (response.statusCode !== 200) throw await refusal(response);
      const lines = createLineReader(LINE_LIMIT_BYTES, onLine, onTooLong);
      for await (const chunk of response as AsyncIterable<Buffer>) lines.push(chunk);
      throw new SondeError('SND_AGT_NOT_RUNNING', `${socketPath} was closed`);
    } catch (error) {
      if (closing.signal.aborted) return;
      outage =
        error instanceof SondeError
          ? describeError(error)
          : describeError(new SondeError('SND_AGT_NOT_RUNNING', socketPath));
      timer = setTimeout(() => void connect(), RECONNECT_MS);
    }
  };
  void connect();

  return {
    onFrame(callback) {
      callbacks.add(callback);
      return () => callbacks.delete(callback);
    },
    status: () => status,
    outage: () => outage,
    skippedFrames: () => skippedFrames,
    readFlows: () => readFlows(socketPath),
    close() {
      clearTimeout(timer);
      callbacks.clear();
      closing.abort();
    },
  };
}

async function readFlows(socketPath: string): Promise<FlowView> {
  const response = await get(socketPath, FLOWS_PATH, ANSWER_TIMEOUT_MS);
  if (response.statusCode !== 200) throw await refusal(response);
  const view = parseFlowView(await readJson(response));
  if (!view) throw new SondeError('SND_AGT_CONTROL_ANSWER', 'no flows');
  return view;
}

/** The agent's own coded error, as it came. */
async function refusal(response: IncomingMessage): Promise<SondeError> {
  const body = await readJson(response);
  const error = body['error'];
  const message =
    typeof error === 'object' && error !== null && 'message' in error
      ? String(error.message)
      : `status ${response.statusCode}`;
  return new SondeError(response.statusCode === 503 ? 'SND_AGT_CONTROL_BUSY' : 'SND_AGT_CONTROL_ANSWER', message);
}

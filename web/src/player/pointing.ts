/**
 * What a pointer does on the lanes: a click goes there, a drag takes a stretch to hear again and
 * again, the playhead can be pulled, two fingers and Ctrl with the wheel zoom.
 */

import { type PointerEvent, type RefObject, useEffect, useRef } from "react";
import type { Track } from "./engine";
import * as engine from "./engine";
import { loopOf, type Span } from "./spans";
import { moved, zoomed } from "./zoom";

/** A pointer that moves less than this has clicked. */
const DRAG_PX = 5;

/** This close to the playhead it is the playhead that is pulled. */
const HEAD_PX = 8;

/** How much one notch of a wheel zooms. */
const WHEEL = 0.0025;

interface Props {
  box: RefObject<HTMLDivElement | null>;
  track: Track;
  view: Span;
  show: (view: Span) => void;
  /** Shows another part, which is then not the one that is played. */
  scroll: (view: Span) => void;
}

type Doing =
  | { what: "click" | "select"; startX: number; startMs: number }
  | { what: "scrub" }
  | { what: "pinch"; apart: number };

export function usePointing(props: Props) {
  const { track, view, show } = props;
  const { durationMs } = track;
  const fingers = useRef(new Map<number, number>());
  const doing = useRef<Doing>(undefined);
  useWheel(props);
  const at = (event: PointerEvent<HTMLElement>) => {
    const { left, width } = event.currentTarget.getBoundingClientRect();
    return view.fromMs + ((event.clientX - left) / width) * (view.toMs - view.fromMs);
  };
  const onPointerDown = (event: PointerEvent<HTMLElement>) => {
    if (event.button !== 0) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    fingers.current.set(event.pointerId, event.clientX);
    const perPx = (view.toMs - view.fromMs) / event.currentTarget.clientWidth;
    const startMs = at(event);
    const onHead = Math.abs(startMs - engine.positionMs()) <= HEAD_PX * perPx;
    if (fingers.current.size === 2) doing.current = { what: "pinch", apart: apart(fingers) };
    else if (onHead && event.pointerType === "mouse") doing.current = { what: "scrub" };
    else doing.current = { what: "click", startX: event.clientX, startMs };
  };
  const onPointerMove = (event: PointerEvent<HTMLElement>) => {
    const now = doing.current;
    if (!now || !fingers.current.has(event.pointerId)) return;
    fingers.current.set(event.pointerId, event.clientX);
    if (now.what === "scrub") engine.seek(at(event));
    else if (now.what === "pinch") {
      const next = apart(fingers);
      show(zoomed(view, next / now.apart, at(event), durationMs));
      doing.current = { what: "pinch", apart: next };
    } else if (now.what === "select" || Math.abs(event.clientX - now.startX) > DRAG_PX) {
      doing.current = { ...now, what: "select" };
      const loop = loopOf(now.startMs, at(event), durationMs);
      if (loop) engine.setLoop(loop);
    }
  };
  const onPointerUp = (event: PointerEvent<HTMLElement>) => {
    const now = doing.current;
    letGo(event);
    if (now?.what === "click") engine.seek(at(event));
    if (now?.what === "select") toLoop();
  };
  const letGo = (event: PointerEvent<HTMLElement>) => {
    fingers.current.delete(event.pointerId);
    doing.current = undefined;
  };
  return { onPointerDown, onPointerMove, onPointerUp, onPointerCancel: letGo };
}

/** Whoever takes a stretch wants to hear it. */
function toLoop() {
  const { loop } = engine.playing();
  const now = engine.positionMs();
  if (loop && (now < loop.fromMs || now >= loop.toMs)) engine.seek(loop.fromMs);
}

function apart(fingers: RefObject<Map<number, number>>): number {
  const [one = 0, other = 0] = fingers.current.values();
  return Math.max(10, Math.abs(one - other));
}

function useWheel({ box, track, view, show, scroll }: Props) {
  const turn = useRef((_: WheelEvent) => {});
  turn.current = (event) => {
    const { left, width } = (event.currentTarget as Element).getBoundingClientRect();
    const perPx = (view.toMs - view.fromMs) / width;
    const sideways = event.shiftKey ? event.deltaY || event.deltaX : event.deltaX;
    if (event.ctrlKey || event.metaKey) {
      const at = view.fromMs + (event.clientX - left) * perPx;
      const turned = Math.min(400, Math.max(-400, event.deltaY));
      show(zoomed(view, Math.exp(-turned * WHEEL), at, track.durationMs));
    } else if (
      sideways !== 0 &&
      Math.abs(sideways) >= Math.abs(event.shiftKey ? 0 : event.deltaY)
    ) {
      scroll(moved(view, sideways * perPx, track.durationMs));
    } else return;
    event.preventDefault();
  };
  useEffect(() => {
    const on = box.current;
    // Not by React: its listeners cannot keep the page from zooming.
    const turned = (event: WheelEvent) => turn.current(event);
    on?.addEventListener("wheel", turned, { passive: false });
    return () => on?.removeEventListener("wheel", turned);
  }, [box]);
}

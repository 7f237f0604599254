// Looks at a report as a browser laid it out; page_spec.lua puts this at the end of a copy of the page. What is wrong goes, a line
// each, into an element of its own, where the spec finds it.
'use strict';

const problems = [];

function parse(colour) {
  const numbers = colour.match(/[\d.]+(e-?\d+)?/g).map(Number);
  const scale = colour.startsWith('color(') ? 255 : 1;
  return { rgb: numbers.slice(0, 3).map((n) => n * scale), alpha: numbers.length > 3 ? numbers[3] : 1 };
}

function luminance(rgb) {
  const [r, g, b] = rgb.map((v) => (v / 255 <= 0.03928 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function background(element) {
  for (let e = element; e; e = e.parentElement) {
    const colour = parse(getComputedStyle(e).backgroundColor);
    if (colour.alpha === 1) return colour.rgb;
  }
  return [255, 255, 255];
}

// WCAG 2.2, 1.4.3: text has a contrast of 4.5 to 1 to what is behind it.
function checkContrast(element, colour) {
  const [a, b] = [luminance(parse(colour).rgb), luminance(background(element))].sort((x, y) => y - x);
  const contrast = (a + 0.05) / (b + 0.05);
  if (contrast < 4.5) problems.push(`contrast ${contrast.toFixed(2)} of <${element.tagName}> ${element.textContent.slice(0, 40)}`);
}

function ownText(element) {
  return [...element.childNodes].some((n) => n.nodeType === Node.TEXT_NODE && n.textContent.trim() !== '');
}

const $ = (selector) => [...document.querySelectorAll(selector)];

for (const details of $('details')) details.open = true;

for (const element of $('body *')) {
  if (!ownText(element) || element.getClientRects().length === 0 || element.closest('.skip, title, desc, script')) continue;
  checkContrast(element, element.closest('svg') ? getComputedStyle(element).fill : getComputedStyle(element).color);
}

// Wide tables and plots scroll by themselves; the page does not.
if (document.documentElement.scrollWidth > innerWidth) {
  problems.push(`the page is ${document.documentElement.scrollWidth} wide on ${innerWidth}`);
}

for (const svg of $('svg')) {
  const box = svg.getBoundingClientRect();
  if (box.width < 300 || box.height < 100) problems.push(`a plot is ${box.width} by ${box.height}`);
  for (const text of svg.querySelectorAll('text')) {
    const b = text.getBoundingClientRect();
    if (b.right > box.right + 8 || b.left < box.left - 8 || b.bottom > box.bottom + 8) {
      problems.push(`"${text.textContent}" leaves the plot ${svg.querySelector('title').textContent}`);
    }
  }
}

for (const [selector, wanted] of [['main', 1], ['header', 1], ['nav', 1], ['footer', 1], ['h1', 1]]) {
  if ($(selector).length !== wanted) problems.push(`${$(selector).length} times <${selector}>`);
}

function checkFocus() {
  for (const element of $('a[href], summary, [tabindex]')) {
    element.focus();
    const style = getComputedStyle(element);
    if (document.activeElement !== element) problems.push(`<${element.tagName}> takes no focus`);
    else if (style.outlineStyle === 'none' || parseFloat(style.outlineWidth) < 2) problems.push(`<${element.tagName}> does not show its focus`);
  }
}

function report() {
  const dark = matchMedia('(prefers-color-scheme: dark)').matches;
  const result = document.createElement('pre');
  result.id = 'checks';
  result.textContent = [`${dark ? 'dark' : 'light'} ${innerWidth} ${$('svg').length} ${$('table').length}`, ...problems].join('\n');
  document.body.append(result);
}

// An element shows its focus only once the browser's window has it, which on a loaded machine is after this script has run.
// A document that is still being written keeps the browser from saying the page has loaded, and so from printing it, until then.
const pending = document.createElement('iframe');
pending.hidden = true;
document.body.append(pending);
pending.contentDocument.open();
const timer = setInterval(() => {
  if (!document.hasFocus()) return;
  clearInterval(timer);
  checkFocus();
  report();
  pending.contentDocument.close();
}, 10);

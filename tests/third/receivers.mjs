// SPDX-License-Identifier: MIT
//
// Far sides that we did not write, in one process: an HTTP server whose paths are judged
// by the vendors' own libraries, and an SMTP server (npm: smtp-server, mailparser). Each
// thing that arrives is one JSON line on stdout, with what the library found wrong.
//
// Usage: node receivers.mjs FOLDER_OF_NODE_MODULES WEBHOOK_SECRET CERTIFICATE KEY

import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import path from 'node:path';

const [folder, secret, certificate, key] = process.argv.slice(2);
const load = createRequire(path.join(path.resolve(folder), 'x.js'));
const say = (what) => console.log(JSON.stringify(what));

// --- judges: a body and its headers -> what is wrong, '' when nothing is -------------

function webhook(body, headers) {
  const { Webhook } = load('standardwebhooks');
  const verifier = new Webhook(secret);
  verifier.verify(body, headers); // throws
  try {
    verifier.verify(body.replace('"type"', '"Type"'), headers);
  } catch {
    return '';
  }
  return 'a changed body passes too';
}

// The builder's setters check type and length of each part.
function discord(body) {
  const { EmbedBuilder } = load('@discordjs/builders');
  const m = JSON.parse(body);
  if (m.content.length > 2000) return 'content is longer than 2000';
  if (JSON.stringify(m.allowed_mentions) !== '{"parse":[]}') return 'mentions are allowed';
  let total = 0;
  for (const e of m.embeds ?? []) {
    const built = new EmbedBuilder().setTitle(e.title).setDescription(e.description)
      .setColor(e.color).setTimestamp(new Date(e.timestamp)).setFooter(e.footer)
      .addFields(...e.fields).toJSON();
    if (JSON.stringify(Object.keys(built).sort()) !== JSON.stringify(Object.keys(e).sort()))
      return `keys that it does not know: ${Object.keys(e)}`;
    total += e.title.length + e.description.length + e.footer.text.length;
    for (const f of e.fields) total += f.name.length + f.value.length;
  }
  return total > 6000 ? `embeds are ${total} long` : '';
}

function teams(body) {
  const cards = load('adaptivecards/dist/adaptivecards.js');
  const [attachment] = JSON.parse(body).attachments;
  if (attachment.contentType !== 'application/vnd.microsoft.card.adaptive') return 'type';
  if (Buffer.byteLength(body) > 28000) return 'larger than 28 KB';
  const card = new cards.AdaptiveCard();
  const context = new cards.SerializationContext(cards.Versions.v1_4);
  card.parse(attachment.content, context);
  const events = [...Array(context.eventCount).keys()].map((i) => context.getEventAt(i).message);
  const findings = card.validateProperties().validationEvents.map((e) => e.message);
  if (card.getItemCount() !== attachment.content.body.length) events.push('elements were dropped');
  return [...events, ...findings].join('; ');
}

// Slack's own types, by the compiler: a literal may hold no key that they do not know.
function slack(body) {
  const ts = load('typescript');
  const file = path.join(path.resolve(folder), 'payload.ts');
  const text = `import type { MessageAttachment } from '@slack/types';
export const m: { text: string; attachments?: MessageAttachment[] } = ${body};\n`;
  const options = { strict: true, noEmit: true, types: [], skipLibCheck: true,
    lib: ['lib.es2020.d.ts'],
    module: ts.ModuleKind.NodeNext, moduleResolution: ts.ModuleResolutionKind.NodeNext };
  const host = ts.createCompilerHost(options);
  const { getSourceFile, readFile, fileExists } = host;
  host.readFile = (name) => (name === file ? text : readFile.call(host, name));
  host.fileExists = (name) => name === file || fileExists.call(host, name);
  host.getSourceFile = (name, ...more) => {
    if (name === file) return ts.createSourceFile(file, text, ts.ScriptTarget.ES2022);
    known[name] ??= getSourceFile.call(host, name, ...more);
    return known[name];
  };
  const program = ts.createProgram([file], options, host, last);
  last = program;
  const wrong = ts.getPreEmitDiagnostics(program)
    .map((d) => ts.flattenDiagnosticMessageText(d.messageText, ' '));
  return [...wrong, ...slackLimits(JSON.parse(body))].join('; ');
}
const known = {};
let last;

// https://docs.slack.dev/reference/block-kit/blocks; types know no lengths.
function slackLimits(m) {
  const wrong = [];
  const limit = (what, text, max) => {
    if (!text.length || text.length > max) wrong.push(`${what}: ${text.length} of ${max}`);
  };
  limit('text', m.text, 40000);
  for (const a of m.attachments ?? []) {
    limit('fallback', a.fallback, 3000);
    if (a.blocks.length > 50) wrong.push('blocks');
    if (JSON.stringify(a.blocks).length > 13200) wrong.push('all blocks');
    for (const b of a.blocks) {
      if (b.type === 'header') limit('header', b.text.text, 150);
      if (b.type === 'section') limit('section', b.text.text, 3000);
      if ((b.fields ?? []).length > 10) wrong.push('fields');
      for (const f of b.fields ?? []) limit('field', f.text, 2000);
      if ((b.elements ?? []).length > 10) wrong.push('elements');
    }
  }
  return wrong;
}

const judges = { webhook, discord, teams, slack };
const answers = { webhook: [200, '{}'], discord: [200, ''], teams: [202, ''], slack: [200, 'ok'] };
let ids = 1199000; // of the messages that Discord keeps
const refused = new Set(); // kinds whose first news was answered with 503

const http = createServer((request, answer) => {
  const parts = [];
  request.on('data', (part) => parts.push(part));
  request.on('end', () => {
    const body = Buffer.concat(parts).toString('utf8');
    const [, kind, how] = request.url.split(/[/?]/);
    let wrong = '';
    try {
      wrong = judges[kind](body, request.headers);
    } catch (e) {
      wrong = `${e.name}: ${e.message}`;
    }
    const again = how === 'late' && !refused.has(kind) && !body.includes('"test"');
    if (again) refused.add(kind);
    const [status, fixed] = again ? [503, ''] : answers[kind];
    const text = kind === 'discord' ? `{"id":"${(ids += 1)}"}` : fixed;
    say({ kind, wrong, status, method: request.method, id: request.headers['webhook-id'] ?? null,
      body: JSON.parse(body) });
    answer.writeHead(status, { 'content-type': text === 'ok' ? 'text/plain' : 'application/json' });
    answer.end(text);
  });
});

// --- mail --------------------------------------------------------------------------

const { SMTPServer } = load('smtp-server');
const { simpleParser } = load('mailparser');

const smtp = new SMTPServer({
  cert: readFileSync(certificate),
  key: readFileSync(key),
  authMethods: ['PLAIN', 'LOGIN'],
  hideSTARTTLS: false,
  onAuth(auth, session, done) {
    const good = auth.username === 'me' && auth.password === 'right';
    if (!good) return done(new Error('wrong password'));
    return done(null, { user: auth.username });
  },
  onData(stream, session, done) {
    simpleParser(stream).then((m) => {
      say({ kind: 'mail', wrong: '', tls: session.secure, user: session.user,
        to: session.envelope.rcptTo.map((r) => r.address), subject: m.subject,
        id: m.messageId, references: [m.references ?? []].flat(), date: m.date,
        headers: [...m.headers.keys()], text: m.text, html: m.html,
        attachments: m.attachments.length });
      done();
    }, done);
  },
});
smtp.on('error', (e) => say({ kind: 'mail', wrong: e.message }));

smtp.listen(0, '127.0.0.1', () => {
  http.listen(0, '127.0.0.1', () => {
    say({ ports: { http: http.address().port, smtp: smtp.server.address().port } });
  });
});

// SPDX-License-Identifier: MIT
//
// The vendors' own clients, asking a server what sdks_test.py wants to know. One run puts
// every question to each party through one SDK, and prints one JSON object a party: what
// it was asked, and what the SDK made of the answer, in its own types.
//
// Usage: node sdks.mjs FOLDER_OF_NODE_MODULES SDK BASE_URL_OF_A_PARTY...

import { createRequire } from 'node:module';
import path from 'node:path';

const [folder, sdk, ...bases] = process.argv.slice(2);
const load = createRequire(path.join(path.resolve(folder), 'x.js'));
const question = 'What is 45 + 17? Reply with the number only.';
const messages = [{ role: 'user', content: question }];
const model = 'm1';

const last = async (stream, take) => {
  for await (const event of stream) take(event);
};

function openaiAsks(client) {
  const chat = client.chat.completions;
  return {
    async whole() {
      const r = await chat.create({ model, messages });
      return { text: r.choices[0].message.content, finish: r.choices[0].finish_reason,
        usage: [r.usage.prompt_tokens, r.usage.completion_tokens], id: r._request_id };
    },
    async stream() {
      const out = { text: '' };
      await last(await chat.create({ model, messages, stream: true }), (c) => {
        out.text += c.choices[0]?.delta?.content ?? '';
        out.finish = c.choices[0]?.finish_reason ?? out.finish;
        if (c.usage) out.usage = [c.usage.prompt_tokens, c.usage.completion_tokens];
      });
      return out;
    },
    async models() {
      const names = [];
      await last(client.models.list(), (m) => names.push(m.id));
      return names;
    },
    async vectors() {
      const r = await client.embeddings.create({ model, input: ['a', 'b'] });
      return r.data.map((d) => Array.from(d.embedding));
    },
  };
}

const makers = {
  openai(base) {
    const { OpenAI } = load('openai');
    return openaiAsks(new OpenAI({ apiKey: 'k', baseURL: base + '/v1', maxRetries: 0 }));
  },
  azure(base) {
    const { AzureOpenAI } = load('openai');
    return openaiAsks(new AzureOpenAI({ apiKey: 'k', endpoint: base, apiVersion: '2024-10-21',
      maxRetries: 0 }));
  },
  responses(base) {
    const { OpenAI } = load('openai');
    const client = new OpenAI({ apiKey: 'k', baseURL: base + '/v1', maxRetries: 0 });
    const result = (r) => ({ text: r.output_text, finish: r.status,
      usage: [r.usage.input_tokens, r.usage.output_tokens] });
    return {
      async whole() {
        return result(await client.responses.create({ model, input: question }));
      },
      async stream() {
        const stream = client.responses.stream({ model, input: question });
        let text = '';
        stream.on('response.output_text.delta', (e) => { text += e.delta; });
        stream.on('error', () => {});
        const out = result(await stream.finalResponse());
        return { ...out, text };
      },
    };
  },
  anthropic(base) {
    const Anthropic = load('@anthropic-ai/sdk');
    const client = new (Anthropic.Anthropic ?? Anthropic)({ apiKey: 'k', baseURL: base,
      maxRetries: 0 });
    const ask = { model, messages, max_tokens: 16 };
    const result = (r) => ({ text: r.content.map((b) => b.text).join(''),
      finish: r.stop_reason, usage: [r.usage.input_tokens, r.usage.output_tokens] });
    return {
      async whole() {
        const r = await client.messages.create(ask);
        return { ...result(r), id: r._request_id };
      },
      async stream() {
        return result(await client.messages.stream(ask).finalMessage());
      },
      async models() {
        const names = [];
        await last(client.models.list(), (m) => names.push(m.id));
        return names;
      },
    };
  },
  gemini(base) {
    const { GoogleGenAI } = load('@google/genai');
    const client = new GoogleGenAI({ apiKey: 'k', httpOptions: { baseUrl: base } });
    const usage = (u) => u && [u.promptTokenCount, u.candidatesTokenCount];
    return {
      async whole() {
        const r = await client.models.generateContent({ model, contents: question });
        return { text: r.text, finish: r.candidates[0].finishReason,
          usage: usage(r.usageMetadata) };
      },
      async stream() {
        const out = { text: '' };
        await last(await client.models.generateContentStream({ model, contents: question }),
          (c) => {
            out.text += c.text ?? '';
            out.finish = c.candidates?.[0]?.finishReason ?? out.finish;
            out.usage = usage(c.usageMetadata) ?? out.usage;
          });
        return out;
      },
      async models() {
        const names = [];
        await last(await client.models.list(), (m) => names.push(m.name));
        return names;
      },
      async vectors() {
        const r = await client.models.embedContent({ model, contents: ['a', 'b'] });
        return r.embeddings.map((e) => e.values);
      },
    };
  },
  cohere(base) {
    const { CohereClientV2 } = load('cohere-ai');
    const client = new CohereClientV2({ token: 'k', environment: base });
    const quick = { maxRetries: 0 };
    const usage = (u) => u && [u.billedUnits.inputTokens, u.billedUnits.outputTokens];
    return {
      async whole() {
        const r = await client.chat({ model, messages }, quick);
        return { text: r.message.content[0].text, finish: r.finishReason,
          usage: usage(r.usage) };
      },
      async stream() {
        const out = { text: '' };
        await last(await client.chatStream({ model, messages }, quick), (e) => {
          out.text += e.type === 'content-delta' ? e.delta.message.content.text : '';
          if (e.type === 'message-end') {
            out.finish = e.delta.finishReason;
            out.usage = usage(e.delta.usage);
          }
        });
        return out;
      },
      async models() {
        return (await client.models.list({}, quick)).models.map((m) => m.name);
      },
      async vectors() {
        const r = await client.embed({ model, texts: ['a', 'b'], inputType: 'search_query',
          embeddingTypes: ['float'] }, quick);
        return r.embeddings.float;
      },
    };
  },
  ollama(base) {
    const { Ollama } = load('ollama');
    const client = new Ollama({ host: base });
    return {
      async whole() {
        const r = await client.chat({ model, messages });
        return { text: r.message.content, finish: r.done_reason,
          usage: [r.prompt_eval_count, r.eval_count] };
      },
      async stream() {
        const out = { text: '' };
        await last(await client.chat({ model, messages, stream: true }), (c) => {
          out.text += c.message.content;
          if (c.done) {
            out.finish = c.done_reason;
            out.usage = [c.prompt_eval_count, c.eval_count];
          }
        });
        return out;
      },
      async models() {
        return (await client.list()).models.map((m) => m.name);
      },
      async vectors() {
        return (await client.embed({ model, input: ['a', 'b'] })).embeddings;
      },
    };
  },
};

async function tell(asks) {
  const told = {};
  for (const [name, ask] of Object.entries(asks)) {
    try {
      told[name] = await ask();
    } catch (e) {
      told[name] = { error: e.constructor.name, status: e.status ?? e.statusCode ?? e.status_code,
        message: String(e.message).slice(0, 400) };
    }
  }
  return told;
}

for (const base of bases) console.log(JSON.stringify(await tell(makers[sdk](base))));
process.exit(0);

// The package axios as its users know it, with the agents that Node would give it.

import { globalDefaults, HttpSession, loadWith } from './http.mjs';
import { importPackage, versionOf } from '../packages.mjs';

export async function load(preparation) {
  const { default: axios } = await importPackage('axios');
  return loadWith(preparation, {
    open: (agents) => new HttpSession(agents, exchangeWith(axios), preparation.isTraced),
    defaults: globalDefaults(),
    facts: { redirects: 'followed', 'version of axios': versionOf('axios') },
  });
}

const exchangeWith = (axios) => async ({ url, init }, agents) => {
  const options = {
    url,
    method: init.method,
    headers: Object.fromEntries(init.headers ?? []),
    data: init.body,
    httpAgent: agents.http,
    httpsAgent: agents.https,
    // Parsing is no part of a batch, and the size of the body is needed.
    responseType: 'arraybuffer',
  };
  const { status, data } = await axios.request(options).catch((error) => {
    // axios raises a response whose status is no success. Without a body, the response was cut off.
    if (error.response?.data === undefined) throw error;
    return error.response;
  });
  return { status, bytes: data.length };
};

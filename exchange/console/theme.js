// SPDX-License-Identifier: Apache-2.0
// The theme that was chosen in this tab, before anything is painted: no module, so that the page waits for it.
document.documentElement.dataset.theme = sessionStorage.getItem('dcat-theme') ?? 'auto';

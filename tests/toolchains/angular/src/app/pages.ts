import { Component } from "@angular/core";

@Component({ selector: "app-home", template: "<h1>Home</h1>" })
export class Home {}

@Component({ selector: "app-callback", template: "<p>Signing in...</p>" })
export class Callback {}

@Component({ selector: "app-private", template: '<p id="private">private</p>' })
export class Private {}
